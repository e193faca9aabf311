import { serverTime } from './serverTime';
import type { KliqResponse } from '../result';

/** What an answer's `X-RateLimit-*` headers tell (KLIQ, Authentication, "Rate limits"). */
export interface RateLimitHeaders {
	/** Requests of a whole window, where KLIQ says. */
	limit?: number;
	/** Requests left in this window when KLIQ answered. */
	remaining: number;
	/** Names the window: its end by KLIQ's clock, in Unix seconds. */
	window: number;
	/** When the window ends by our clock, in milliseconds since 1970. */
	endsAt: number;
}

/** Reads the headers; undefined where they are missing, unreadable or about a window that is over. */
export function readRateLimitHeaders(answer: KliqResponse): RateLimitHeaders | undefined {
	const remaining = wholeNumber(answer.headers['x-ratelimit-remaining']);
	const window = wholeNumber(answer.headers['x-ratelimit-reset']);
	if (remaining === undefined || window === undefined) return undefined;

	const left = window * 1_000 - serverTime(answer);
	if (left <= 0) return undefined;
	const limit = wholeNumber(answer.headers['x-ratelimit-limit']);
	return { limit: limit || undefined, remaining, window, endsAt: Date.now() + left };
}

function wholeNumber(header: unknown): number | undefined {
	const text = String(header ?? '').trim();
	return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
