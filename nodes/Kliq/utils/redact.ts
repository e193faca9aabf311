import { toSingleLine } from './text';

/** Matches API keys and signing secrets by their prefixes (KLIQ, Authentication and Webhooks), cut ones included. */
const SECRET_NOTATIONS = String.raw`(?:kliq_live|whsec)_[\w-]+`;

/**
 * Makes foreign text safe for errors, logs and outputs: replaces secrets by `…`, in every encoding
 * that a response may repeat them in, and puts the text on one line.
 *
 * @param secrets the caller's keys and secrets; empty and missing ones are ignored
 */
export function redactSecrets(text: string, secrets: unknown[]): string {
	const literals = secrets
		.filter(isNonEmptyText)
		.flatMap(encodingsOf)
		// Longest first: one encoding may be the beginning of another.
		.sort((one, other) => other.length - one.length)
		.map(escapeForRegExp);
	return toSingleLine(
		text.replace(new RegExp([...literals, SECRET_NOTATIONS].join('|'), 'gi'), '…'),
	);
}

const isNonEmptyText = (value: unknown): value is string =>
	typeof value === 'string' && value !== '';

/** A secret in plain text, percent-encoded, form-encoded, JSON-escaped and base64-encoded. */
function encodingsOf(secret: string): string[] {
	// encodeURIComponent throws on half a surrogate pair; the round trip through UTF-8 replaces it.
	const percentEncoded = encodeURIComponent(Buffer.from(secret).toString());
	return [
		secret,
		percentEncoded,
		percentEncoded.replaceAll('%20', '+'),
		JSON.stringify(secret).slice(1, -1),
		Buffer.from(secret).toString('base64'),
	];
}

const escapeForRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
