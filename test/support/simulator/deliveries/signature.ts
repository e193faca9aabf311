import { createHmac } from 'node:crypto';

/** `X-Kliq-Signature` of a body: lower-case hex HMAC-SHA256 of its bytes, without a prefix. */
export function signatureOf(body: Buffer, secret: string): string {
	return createHmac('sha256', secret).update(body).digest('hex');
}
