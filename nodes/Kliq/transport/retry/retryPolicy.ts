import type { KliqRequestOptions } from '../../types';
import { isPermanent } from '../networkErrors';
import { requestedDelay, retryAfter } from '../requestedDelay';
import {
	isResponse,
	isServerError,
	isTooManyRequests,
	mayHaveTakenEffect,
	type RequestResult,
} from '../result';

/** Attempts of one call, the first included. */
const MAX_ATTEMPTS = 5;

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
