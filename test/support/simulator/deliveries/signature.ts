import { createHmac } from 'node:crypto';

import type { Deviations } from '../deviations';

type SignatureForm = Pick<Deviations, 'signatureEncoding' | 'signatureKey'>;

/**
 * `X-Kliq-Signature` of a body: by default the lower-case hex HMAC-SHA256 of its bytes under the
 * secret, without a prefix.
 */
export function signatureOf(
	body: Buffer,
	secret: string,
	{ signatureEncoding = 'hex', signatureKey = 'secret' }: Partial<SignatureForm> = {},
): string {
	const key = signatureKey === 'secret' ? secret : secret.replace(/^whsec_/, '');
	const hmac = createHmac('sha256', key).update(body).digest();
	switch (signatureEncoding) {
		case 'hex':
			return hmac.toString('hex');
		case 'upperCaseHex':
			return hmac.toString('hex').toUpperCase();
		case 'prefixed':
			return `sha256=${hmac.toString('hex')}`;
		case 'base64':
			return hmac.toString('base64');
	}
}
