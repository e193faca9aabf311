import { createHmac, timingSafeEqual } from 'crypto';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/**
 * Verifies KLIQ's signature: the hex HMAC-SHA256 of the body's bytes under the subscription's secret,
 * without a prefix (KLIQ, Webhooks, "Signature verification"). Compares in constant time. Never throws.
 *
 * Assumptions: KLIQ-EVENT-SIGNATURE, KLIQ-EVENT-SECRET.
 *
 * @param rawBody the body's bytes as sent; anything but a Buffer fails
 * @param signature the `X-Kliq-Signature` header; anything but one string fails
 * @param secret the subscription's secret; a missing or empty one fails
 */
export function verifySignature(rawBody: unknown, signature: unknown, secret: unknown): boolean {
	if (!Buffer.isBuffer(rawBody)) return false;
	if (typeof secret !== 'string' || secret === '') return false;
	if (typeof signature !== 'string' || !HEX_SHA256.test(signature)) return false;

	return timingSafeEqual(hmacOf(rawBody, secret), Buffer.from(signature, 'hex'));
}

/** The HMAC-SHA256 by which bodies are signed. */
export const hmacOf = (body: Buffer, secret: string): Buffer =>
	createHmac('sha256', secret).update(body).digest();
