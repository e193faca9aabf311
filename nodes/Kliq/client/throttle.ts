import type { KliqAccount } from './account';
import { retryAfter } from './retry';
import type { Answer } from './outcome';

/** When each account may be asked again, in milliseconds since 1970. KLIQ counts by account, not by execution. */
const openAgainAt = new Map<string, number>();

/** A `Date` is cut to the second before it, and has travelled for a while. */
const LARGEST_AGREEMENT_MS = 2_000;

const nameOf = ({ baseUrl, tenantId }: KliqAccount) => `${baseUrl} ${tenantId}`;

/** Milliseconds until the account may be asked again; 0 if it may be now. */
export function timeUntilOpen(account: KliqAccount): number {
	const at = openAgainAt.get(nameOf(account));
	if (at === undefined) return 0;
	const left = at - Date.now();
	if (left <= 0) openAgainAt.delete(nameOf(account));
	return Math.max(0, left);
}

/**
 * Learns from an answer's headers when the account may be asked again: after `Retry-After` of a
 * 429, or, once `X-RateLimit-Remaining` is 0, at `X-RateLimit-Reset`.
 */
export function learnFrom(account: KliqAccount, answer: Answer): void {
	const wait = answer.status === 429 ? retryAfter(answer) : timeUntilReset(answer);
	if (wait === undefined) return;
	const at = Math.max(Date.now() + wait, openAgainAt.get(nameOf(account)) ?? 0);
	openAgainAt.set(nameOf(account), at);
}

/** `X-RateLimit-Reset` is in Unix seconds by KLIQ's clock. */
function timeUntilReset({ headers }: Answer): number | undefined {
	if (String(headers['x-ratelimit-remaining'] ?? '').trim() !== '0') return undefined;
	const left = Number(headers['x-ratelimit-reset']) * 1_000 - kliqsTime(headers);
	return left > 0 ? left : undefined;
}

/**
 * The time at KLIQ: ours, which is the finer one, unless the answer's `Date` (whole seconds) shows
 * that the clocks differ.
 */
function kliqsTime({ date }: Answer['headers']): number {
	const ours = Date.now();
	const theirs = Date.parse(String(date ?? ''));
	return Math.abs(ours - theirs) > LARGEST_AGREEMENT_MS ? theirs : ours;
}
