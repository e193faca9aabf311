import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { verifySignature } from '../../nodes/Kliq/trigger/delivery/signature';

const sign = (body: Uint8Array, secret: string) =>
	createHmac('sha256', secret).update(body).digest('hex');

const bodies = fc.uint8Array({ maxLength: 4_096 }).map((bytes) => Buffer.from(bytes));
const secrets = fc.string({ minLength: 1, unit: 'binary' });

describe('isSignedByKliq', () => {
	it('accepts the example of RFC 4231, test case 2', () => {
		const body = Buffer.from('what do ya want for nothing?');
		const signature = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';

		expect(verifySignature(body, signature, 'Jefe')).toBe(true);
	});

	it('accepts the right signature of any bytes under any secret, in lower and upper case', () => {
		fc.assert(
			fc.property(bodies, secrets, (body, secret) => {
				const signature = sign(body, secret);
				expect(verifySignature(body, signature, secret)).toBe(true);
				expect(verifySignature(body, signature.toUpperCase(), secret)).toBe(true);
			}),
		);
	});

	it('refuses a body with any one bit changed', () => {
		fc.assert(
			fc.property(
				bodies.filter(({ length }) => length > 0),
				secrets,
				fc.nat(),
				fc.nat(7),
				(body, secret, at, bit) => {
					const signature = sign(body, secret);
					body[at % body.length] ^= 1 << bit;
					expect(verifySignature(body, signature, secret)).toBe(false);
				},
			),
		);
	});

	it('refuses a body with bytes added or taken away', () => {
		fc.assert(
			fc.property(bodies, secrets, fc.nat(255), (body, secret, byte) => {
				const signature = sign(body, secret);
				const longer = Buffer.concat([body, Buffer.of(byte)]);
				expect(verifySignature(longer, signature, secret)).toBe(false);
				expect(verifySignature(body, sign(longer, secret), secret)).toBe(false);
			}),
		);
	});

	it('refuses any other secret', () => {
		// HMAC pads a key with zeros to its block, so keys that differ only in those are one key.
		const unlike = fc
			.tuple(secrets, secrets)
			.filter(([one, other]) => one.replace(/\0+$/, '') !== other.replace(/\0+$/, ''));
		fc.assert(
			fc.property(bodies, unlike, (body, [secret, other]) => {
				expect(verifySignature(body, sign(body, other), secret)).toBe(false);
			}),
		);
	});

	it('refuses a signature with any one digit changed, added or missing', () => {
		const digits = fc.constantFrom(...'0123456789abcdef');
		fc.assert(
			fc.property(bodies, secrets, fc.nat(63), digits, (body, secret, at, digit) => {
				const right = sign(body, secret);
				fc.pre(right[at] !== digit);
				const wrong = right.slice(0, at) + digit + right.slice(at + 1);
				for (const signature of [wrong, right + digit, digit + right, right.slice(1)]) {
					expect(verifySignature(body, signature, secret)).toBe(false);
				}
			}),
		);
	});

	it.each([
		['a byte more', (right: string) => `${right}00`],
		['a prefix', (right: string) => `sha256=${right}`],
		['a line break behind it', (right: string) => `${right}\n`],
		['white space around it', (right: string) => ` ${right} `],
		['itself once more, as a proxy joins two headers', (right: string) => `${right}, ${right}`],
		['a digit that only looks like one', (right: string) => right.slice(1) + '０'],
	])('refuses the right signature with %s', (_what, change) => {
		const body = Buffer.from('{}');
		expect(verifySignature(body, change(sign(body, 'secret')), 'secret')).toBe(false);
	});

	it('refuses a list that holds the right signature', () => {
		const body = Buffer.from('{}');
		expect(verifySignature(body, [sign(body, 'secret')], 'secret')).toBe(false);
	});

	it('refuses everything where the secret is empty or missing', () => {
		const body = Buffer.from('{}');
		for (const secret of ['', undefined, null, 0, {}]) {
			expect(verifySignature(body, sign(body, ''), secret)).toBe(false);
		}
	});

	it('refuses a body that is not bytes, even where its text is what was signed', () => {
		const signature = sign(Buffer.from('{}'), 'secret');
		expect(verifySignature('{}', signature, 'secret')).toBe(false);
		expect(verifySignature(undefined, signature, 'secret')).toBe(false);
	});

	it('never throws and never accepts, whatever the body, header and secret are', () => {
		fc.assert(
			fc.property(fc.anything(), fc.anything(), fc.anything(), (body, signature, secret) => {
				expect(verifySignature(body, signature, secret)).toBe(false);
				expect(verifySignature(Buffer.from('{}'), signature, 'secret')).toBe(false);
			}),
		);
	});
});
