import type { KliqRequestOptions } from '../../types';
import { isPermanent } from '../networkErrors';
import { readRateLimitHeaders } from '../rateLimit/headers';
import { serverTime } from '../rateLimit/serverTime';
import {
	isResponse,
	isServerError,
	isTooManyRequests,
	mayHaveTakenEffect,
	type KliqResponse,
	type RequestResult,
} from '../result';

/** Attempts of one call, the first included. */
const MAX_ATTEMPTS = 5;

/** Total wait between the attempts of one call, in milliseconds. */
export const MAX_TOTAL_WAIT_MS = 60_000;

const INITIAL_BACKOFF_MS = 1_000;

/**
 * How long to wait before the same request is sent again.
 *
 * 429 is retried for every method: KLIQ refuses before it processes anything. A POST is not
 * retried if it may have taken effect, because it would then do so twice; one that was certainly not
 * sent is retried. A 5xx may ask for a longer delay by `Retry-After`.
 *
 * Assumption: KLIQ-RATE-429.
 *
 * @param attempts attempts so far, at least 1
 * @returns milliseconds; undefined if the request must not be sent again
 */
export function retryDelay(
	method: KliqRequestOptions['method'],
	result: RequestResult,
	attempts: number,
): number | undefined {
	if (attempts >= MAX_ATTEMPTS) return undefined;
	const backoff = exponentialBackoff(attempts);
	if (isTooManyRequests(result)) return requestedDelay(result) ?? backoff;
	if (!isTransient(result) || (method === 'POST' && mayHaveTakenEffect(result))) return undefined;
	return isResponse(result) ? Math.max(retryAfter(result), backoff) : backoff;
}

/** True for failures, other than 429, that a later attempt may not meet. */
function isTransient(result: RequestResult): boolean {
	return isResponse(result) ? isServerError(result) : !isPermanent(result.code);
}

/** Doubles from INITIAL_BACKOFF_MS, with jitter of up to a half so that callers do not retry in step. */
function exponentialBackoff(attempts: number): number {
	return INITIAL_BACKOFF_MS * 2 ** (attempts - 1) * (1 - Math.random() / 2);
}

/**
 * The delay that a 429 asks for: `Retry-After`, else the time until the end of a window that has
 * nothing left.
 *
 * @returns milliseconds from now; undefined if the response asks for no delay. A `Retry-After` of 0
 * counts as none: gateways round down to it.
 */
export function requestedDelay(response: KliqResponse): number | undefined {
	const headers = readRateLimitHeaders(response);
	const untilReset = headers?.remaining === 0 ? Math.max(0, headers.endsInMs) : 0;
	return retryAfter(response) || untilReset || undefined;
}

/** Reads `Retry-After`: seconds, or a date by KLIQ's clock (RFC 9110, 10.2.3); 0 for anything else. */
function retryAfter(response: KliqResponse): number {
	const value = String(response.headers['retry-after'] ?? '').trim();
	if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
	// Date.parse accepts "-1" and "1,5"; an HTTP date always names day and month.
	const date = /[a-z]{3}/i.test(value) ? Date.parse(value) : NaN;
	return Number.isNaN(date) ? 0 : Math.max(0, date - serverTime(response));
}
