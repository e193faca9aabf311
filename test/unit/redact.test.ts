import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { redactBody, redactSecrets } from '../../nodes/Kliq/utils/redact';

const KEY = 'kliq_live_0123456789abcdef/+&"x y';

const percentEncodeAll = (text: string) =>
	[...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const base64 = (text: string) => Buffer.from(text).toString('base64');

const ENCODINGS: Array<[string, string]> = [
	['plain', KEY],
	['in JSON', JSON.stringify(KEY).slice(1, -1)],
	['in JSON within JSON', JSON.stringify(JSON.stringify(KEY)).slice(3, -3)],
	['in JSON with every character escaped', unicodeEscape(KEY)],
	['percent-encoded', encodeURIComponent(KEY)],
	['percent-encoded wholly', percentEncodeAll(KEY)],
	['percent-encoded in part', KEY.replace('_', '%5F').replace('/', '%2f')],
	['percent-encoded twice', encodeURIComponent(encodeURIComponent(KEY))],
	['form-encoded', encodeURIComponent(KEY).replaceAll('%20', '+')],
	['in hex', Buffer.from(KEY).toString('hex')],
	['in hex split over lines', Buffer.from(KEY).toString('hex').replace(/.{10}/g, '$&\n')],
	['in upper-case hex', Buffer.from(KEY).toString('hex').toUpperCase()],
	['split by spaces', [...KEY].join(' ')],
	['split by a line break', `${KEY.slice(0, 9)}\r\n${KEY.slice(9)}`],
	['split by invisible characters', [...KEY].join('\u200b')],
	['in base64', base64(KEY)],
	['in base64 without padding', base64(KEY).replaceAll('=', '')],
	['in base64url', Buffer.from(KEY).toString('base64url')],
	['in base64 split over lines', base64(KEY).replace(/.{10}/g, '$&\n')],
];

function unicodeEscape(text: string): string {
	return text
		.split('')
		.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
		.join('');
}

describe('redactSecrets', () => {
	it.each(ENCODINGS)('redacts a secret %s', (_encoding, text) => {
		expect(redactSecrets(`<${text}>`, [KEY])).toMatch(/^<…>$/);
	});

	it.each([
		['in percent-encoding', percentEncodeAll],
		['escaped in JSON', unicodeEscape],
	])('redacts control characters, accents and emoji %s', (_encoding, encode) => {
		const secret = 'clé-\u0001-😀-0123';
		expect(redactSecrets(`<${encode(secret)}>`, [secret])).toBe('<…>');
	});

	it.each(['base64', 'base64url'] as const)('redacts what %s writes its own way', (encoding) => {
		const secret = '>>>???>>>???';
		expect(redactSecrets(`<${Buffer.from(secret).toString(encoding)}>`, [secret])).toBe('<…>');
	});

	it('redacts base64 of six bytes, but not of less, which occurs by chance', () => {
		expect(redactSecrets(base64('secret'), ['secret'])).toBe('…');
		expect(redactSecrets(base64('secre'), ['secre'])).toBe(base64('secre'));
	});

	it('redacts a secret whose white space has been collapsed', () => {
		expect(redactSecrets('<one two-three>', ['one  two-three'])).toBe('<…>');
	});

	it('redacts the whole of a secret that begins like another', () => {
		expect(redactSecrets('<one-two-three>', ['one-two', 'one-two-three'])).toBe('<…>');
		expect(redactSecrets('<one-two-three>', ['one-two-three', 'one-two'])).toBe('<…>');
	});

	it('ignores secrets that are empty or missing', () => {
		expect(redactSecrets('text', ['', undefined, null, 7])).toBe('text');
	});

	it.each([`${KEY}:`, `:${KEY}`, `ab${KEY}zz`, `ab${KEY}:secret`, `{"key":"${KEY}"}`])(
		'leaves no part of a secret that stands within base64 of %j',
		(text) => {
			const redacted = redactSecrets(base64(text), [KEY]);
			expect(redacted).toContain('…');
			const rest = redacted.replace('…', '');
			expect(rest.length).toBeLessThan(base64(text).length - base64(KEY).length + 8);
		},
	);

	it('redacts any secret in any text', () => {
		const secret = fc.string({ unit: 'grapheme', minLength: 4, maxLength: 40 });
		fc.assert(
			fc.property(secret, fc.string(), fc.string(), (key, before, after) => {
				fc.pre(key.trim().length >= 4);
				const text = `${before}${key.trim()}${after}`;
				expect(redactSecrets(text, [key.trim()])).toContain('…');
			}),
			{ numRuns: 50 },
		);
	});

	it('keeps text that only resembles a secret', () => {
		expect(redactSecrets('kliq live 0123, sk_live_abc', [KEY])).toBe('kliq live 0123, sk_live_abc');
	});

	it('takes linear time for text made of escapes', () => {
		const begun = performance.now();
		for (const text of ['\\', '%25', ' ', 'k ', '\u200b'])
			redactSecrets(text.repeat(50_000), [KEY]);
		// With unbounded escapes it takes minutes.
		expect(performance.now() - begun).toBeLessThan(10_000);
	});
});

describe('redactBody', () => {
	it('redacts texts at any depth and property names, and nothing else', () => {
		const output = {
			id: KEY,
			[`is ${KEY}`]: true,
			count: 3,
			nothing: null,
			text: 'two\nlines',
			list: [{ deep: [encodeURIComponent(KEY)] }],
		};
		expect(redactBody(output, KEY)).toEqual({
			id: '…',
			'is …': true,
			count: 3,
			nothing: null,
			text: 'two\nlines',
			list: [{ deep: ['…'] }],
		});
	});

	it('leaves a body as it is where the secret is so short that it occurs by chance', () => {
		expect(redactBody({ id: '1234567' }, '1234567')).toEqual({ id: '1234567' });
		expect(redactBody({ id: '12345678' }, '12345678')).toEqual({ id: '…' });
	});
});
