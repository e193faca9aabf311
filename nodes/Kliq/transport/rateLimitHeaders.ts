import type { KliqResponse } from './result';
import { serverTime } from './serverTime';

/** What an answer's `X-RateLimit-*` headers say (KLIQ, Authentication, "Rate limits"). */
export interface RateLimitHeaders {
	/** Requests of a whole window, if given. */
	limit?: number;
	/** Requests left in the window when KLIQ answered. */
	remaining: number;
	/** Identifies the window: its end by KLIQ's clock, in Unix seconds. */
	reset: number;
	/** Milliseconds from now to the end of the window; 0 or less if it is over. */
	endsInMs: number;
}

/**
 * Reads the rate limit headers of an answer that has just come in.
 *
 * Assumption: KLIQ-RATE-HEADERS.
 *
 * @returns undefined where they are missing or unreadable
 */
export function readRateLimitHeaders(answer: KliqResponse): RateLimitHeaders | undefined {
	const remaining = wholeNumber(answer.headers['x-ratelimit-remaining']);
	const reset = wholeNumber(answer.headers['x-ratelimit-reset']);
	if (remaining === undefined || reset === undefined) return undefined;

	const limit = wholeNumber(answer.headers['x-ratelimit-limit']) || undefined;
	return { limit, remaining, reset, endsInMs: reset * 1_000 - serverTime(answer) };
}

function wholeNumber(header: unknown): number | undefined {
	const text = String(header ?? '').trim();
	return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
