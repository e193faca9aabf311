import { readRateLimitHeaders } from './rateLimitHeaders';
import type { KliqResponse } from './result';
import { serverTime } from './serverTime';

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
export function retryAfter(response: KliqResponse): number {
	const value = String(response.headers['retry-after'] ?? '').trim();
	if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
	// Date.parse accepts "-1" and "1,5"; an HTTP date always names day and month.
	const date = /[a-z]{3}/i.test(value) ? Date.parse(value) : NaN;
	return Number.isNaN(date) ? 0 : Math.max(0, date - serverTime(response));
}
