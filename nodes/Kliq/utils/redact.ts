import { asObject } from './object';
import type { KliqCredentials } from '../transport/credentials';

/** What of an account must never be shown. */
type Secrets = Pick<KliqCredentials, 'apiKey' | 'signingSecret'>;

const MAX_LENGTH = 500;

/** What KLIQ's keys and signing secrets look like, ours among them, whole or cut. */
const NOTATIONS = String.raw`(?:kliq_live|whsec)_[\w-]+`;

/**
 * KLIQ's own words for what went wrong, from an error answer or a failed job. No form is
 * documented; these are the usual places for a message. Where the words repeat the API key or a
 * signing secret, `…` stands instead.
 *
 * @param secret one more text that must not be shown
 * @returns one line of a few hundred characters at most; empty where there are no words
 */
export function apiErrorMessage(account: Secrets, body: unknown, secret?: unknown): string {
	const words = placesOfWords(body).find((each) => typeof each === 'string' && each.trim() !== '');
	return redactSecrets(account, (words ?? '') as string, secret);
}

function placesOfWords(body: unknown): unknown[] {
	const { error, message, detail, errors } = asObject(body);
	const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
	return [asObject(error).message, message, error, detail, asObject(first).message, first];
}

/**
 * Makes a text of others fit for messages and logs: without the account's API key and signing
 * secret, on one line, so that it cannot pass for a line of the log, and not longer than needed.
 *
 * @param secret one more text that must not be shown
 */
export function redactSecrets(account: Secrets, text: string, secret?: unknown): string {
	const secrets = [account.apiKey, account.signingSecret, secret].filter(isText).flatMap(formsOf);
	// The longest first: one may be the beginning of another.
	const literal = secrets.sort((one, other) => other.length - one.length).map(escapeForRegExp);
	const masked = text.replace(new RegExp([...literal, NOTATIONS].join('|'), 'gi'), '…');
	return toSingleLine(masked);
}

/** Puts a text on one line, without characters that steer a terminal or turn the reading direction. */
export function toSingleLine(text: string): string {
	const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
	return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** A text with one full stop at its end, for another sentence to follow. */
export const asSentence = (text: string) => `${text.replace(/\.$/, '')}.`;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** A secret as it is, and as an answer may repeat it from an address, a form or JSON. */
function formsOf(secret: string): string[] {
	// As UTF-8 it has an encoding even with half a surrogate pair in it.
	const encoded = encodeURIComponent(Buffer.from(secret).toString());
	return [
		secret,
		encoded,
		encoded.replaceAll('%20', '+'),
		JSON.stringify(secret).slice(1, -1),
		Buffer.from(secret).toString('base64'),
	];
}

const escapeForRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
