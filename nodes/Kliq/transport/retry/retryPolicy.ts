import type { KliqCall } from '../../types';
import { isPermanent } from '../networkErrors';
import { serverTime } from '../rateLimit/serverTime';
import { isResponse, isServerError, type KliqResponse, type RequestResult } from '../result';
import { readRateLimitHeaders } from '../rateLimit/headers';

/** Requests that one call may make, the first included. */
const MAX_TRIES = 5;

/** Milliseconds that one call may spend waiting between its tries. */
export const MAX_TOTAL_WAIT_MS = 60_000;

const INITIAL_BACKOFF_MS = 1_000;

/**
 * How long to wait before the same call is made again.
 *
 * KLIQ refuses with 429 before it does anything, so that is safe to repeat for every method. After
 * a 5xx or a broken connection the work may have been done, so a POST would do it twice.
 *
 * @param tries requests made so far, at least 1
 * @returns milliseconds, or undefined if the call must not be repeated
 */
export function retryDelay(
	method: KliqCall['method'],
	outcome: RequestResult,
	tries: number,
): number | undefined {
	if (tries >= MAX_TRIES) return undefined;
	if (isResponse(outcome) && outcome.status === 429) {
		return requestedDelay(outcome) ?? exponentialBackoff(tries);
	}
	return method !== 'POST' && isTransient(outcome) ? exponentialBackoff(tries) : undefined;
}

/** Whether a failure, other than throttling, may be gone at the next try. */
function isTransient(outcome: RequestResult): boolean {
	return isResponse(outcome) ? isServerError(outcome) : !isPermanent(outcome.code);
}

/** Doubles from a second, each up to a half shorter so that many callers do not come back at once. */
function exponentialBackoff(tries: number): number {
	return INITIAL_BACKOFF_MS * 2 ** (tries - 1) * (1 - Math.random() / 2);
}

/**
 * How long KLIQ wants to hear nothing after a refusal: `Retry-After`, or until the end of the
 * window where nothing is left of it.
 *
 * @returns milliseconds from now, or undefined where the answer asks for no wait, as with a
 * `Retry-After` of 0, which gateways round down to
 */
export function requestedDelay(answer: KliqResponse): number | undefined {
	const limits = readRateLimitHeaders(answer);
	const untilReset = limits?.remaining === 0 ? limits.endsAt - Date.now() : 0;
	return retryAfter(answer) || untilReset || undefined;
}

/** Reads `Retry-After`: seconds or a date by KLIQ's clock (RFC 9110, 10.2.3); 0 where it says neither. */
function retryAfter(answer: KliqResponse): number {
	const value = String(answer.headers['retry-after'] ?? '').trim();
	if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
	// `Date.parse` takes "-1" and "1,5" for dates; a real one names its day and month.
	const date = /[a-z]{3}/i.test(value) ? Date.parse(value) : NaN;
	return Number.isNaN(date) ? 0 : Math.max(0, date - serverTime(answer));
}
