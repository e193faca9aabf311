import { isObject } from './object';
import { toSingleLine } from './text';

const REDACTED = '…';

/** Matches API keys and signing secrets by their prefixes (KLIQ, Authentication and Webhooks), cut ones included. */
const SECRET_NOTATIONS = String.raw`(?:kliq_live|whsec)_[\w-]+`;

/** White space and invisible characters, which may stand between the characters of a secret. */
const SEPARATORS = String.raw`[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]`;

/** Shorter parts of base64 text occur by chance. */
const MIN_BASE64_LENGTH = 8;

/**
 * Makes foreign text safe for errors and logs: replaces secrets by `…`, in every encoding that a
 * response may repeat them in, and puts the text on one line.
 *
 * @param secrets the caller's keys and secrets; empty and missing ones are ignored
 */
export function redactSecrets(text: string, secrets: unknown[]): string {
	// Longest first: one secret may be the beginning of another.
	const longestFirst = secrets
		.filter(isNonEmptyText)
		.sort((one, other) => other.length - one.length);
	const patterns = [...longestFirst.flatMap(patternsOf), SECRET_NOTATIONS];
	return toSingleLine(text.replace(new RegExp(patterns.join('|'), 'gi'), REDACTED));
}

/**
 * Replaces a secret by `…` in all texts of a response body, property names included. Everything else
 * stays as it is.
 */
export function redactBody(body: unknown, secret: string): unknown {
	if (secret.length < MIN_BODY_SECRET_LENGTH) return body;
	const pattern = compilePattern(secret);
	const redact = (value: unknown): unknown => {
		if (typeof value === 'string') return value.replace(pattern, REDACTED);
		if (Array.isArray(value)) return value.map(redact);
		if (!isObject(value)) return value;
		return Object.fromEntries(
			Object.entries(value).map(([name, inner]) => [
				name.replace(pattern, REDACTED),
				redact(inner),
			]),
		);
	};
	return redact(body);
}

/** Anything shorter occurs in bodies by chance, and is no key of KLIQ's. */
const MIN_BODY_SECRET_LENGTH = 8;

const MAX_COMPILED_PATTERNS = 50;

const compiledPatterns = new Map<string, RegExp>();

/** Compiling takes longer than matching, and most responses of a process are for the same few keys. */
function compilePattern(secret: string): RegExp {
	const known = compiledPatterns.get(secret);
	if (known !== undefined) return known;
	if (compiledPatterns.size >= MAX_COMPILED_PATTERNS) compiledPatterns.clear();
	const pattern = new RegExp(patternsOf(secret).join('|'), 'gi');
	compiledPatterns.set(secret, pattern);
	return pattern;
}

const isNonEmptyText = (value: unknown): value is string =>
	typeof value === 'string' && value !== '';

/** Regular expressions for a secret: by character, in hex, and in base64 at every byte offset. */
function patternsOf(secret: string): string[] {
	const bytes = Buffer.from(secret);
	return [
		characterPattern(secret),
		spread(bytes.toString('hex')),
		...[0, 1, 2]
			.map((offset) => base64Core(bytes, offset))
			.filter((core) => core.length >= MIN_BASE64_LENGTH)
			.map(base64Pattern),
	];
}

/**
 * Matches a secret in plain text, JSON-escaped, form-encoded and percent-encoded, wholly or partly and
 * more than once, with separators between the characters.
 */
function characterPattern(secret: string): string {
	const words = secret.split(/\s+/).map((word) => {
		const characters = [...word].map((character) => `(?:${encodingsOf(character).join('|')})`);
		return characters.join(`${SEPARATORS}*`);
	});
	// White space in the secret takes the place of separators, so that the match stays linear.
	return words.join(String.raw`(?:${SEPARATORS}|\+|%(?:25){0,4}20|\\{1,8}u0020)+`);
}

// The bounds keep the match linear: escapes of escapes are rarely deeper.
function encodingsOf(character: string): string[] {
	const bytes = [...Buffer.from(character)];
	const percent = bytes.map((byte) => `%(?:25){0,4}${byte.toString(16).padStart(2, '0')}`).join('');
	const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
	const unicode = units
		.map((unit) => String.raw`\\{1,8}u${unit.toString(16).padStart(4, '0')}`)
		.join('');
	return [String.raw`\\{0,8}${escapeForRegExp(character)}`, percent, unicode];
}

/**
 * The base64 characters that depend on the secret alone where it stands at a byte offset (modulo 3)
 * within other text, such as `key:` of HTTP Basic authentication.
 */
function base64Core(secret: Buffer, offset: number): string {
	const encoded = Buffer.concat([Buffer.alloc(offset), secret]).toString('base64url');
	const bits = (offset + secret.length) * 8;
	return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
}

/** Matches base64 and base64url alike, and padding where it follows. */
const base64Pattern = (core: string) =>
	`${[...core]
		.map((character) => character.replace('-', '[-+]').replace('_', '[_/]'))
		.join(`${SEPARATORS}*`)}[\\w+/-]?=*`;

const spread = (text: string) => [...text].join(`${SEPARATORS}*`);

const escapeForRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
