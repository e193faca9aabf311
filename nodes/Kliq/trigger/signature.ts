import { createHmac, timingSafeEqual } from 'crypto';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/**
 * Whether a request carries KLIQ's signature: the hex HMAC-SHA256 of the body's bytes under the
 * subscription's secret, in lower or upper case, without a prefix (KLIQ, Webhooks, "Signature
 * verification"). Never throws.
 *
 * @param rawBody the body's bytes as sent; anything but a Buffer is refused
 * @param signature the `X-Kliq-Signature` header; anything but one string is refused
 * @param secret the subscription's secret; without one nothing can be verified
 */
export function verifySignature(rawBody: unknown, signature: unknown, secret: unknown): boolean {
	if (!Buffer.isBuffer(rawBody)) return false;
	if (typeof secret !== 'string' || secret === '') return false;
	if (typeof signature !== 'string' || !HEX_SHA256.test(signature)) return false;

	const expected = createHmac('sha256', secret).update(rawBody).digest();
	return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}
