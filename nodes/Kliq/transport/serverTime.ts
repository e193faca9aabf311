import type { KliqResponse } from './result';

/** A `Date` is truncated to the second, and the response has been in transit for a while. */
const CLOCK_SKEW_TOLERANCE_MS = 2_000;

/**
 * The time at KLIQ when it answered, in milliseconds since 1970. It is our own time, which is finer,
 * unless the response's `Date` (whole seconds) shows a clock skew. A `Date` between sending and now
 * shows none: the response, or our event loop, may have been slow.
 *
 * Assumption: KLIQ-HTTP-DATE.
 */
export function serverTime({ headers, sentAt }: KliqResponse): number {
	const ours = Date.now();
	const theirs = Date.parse(String(headers.date ?? ''));
	const isTooEarly = theirs < (sentAt ?? ours) - CLOCK_SKEW_TOLERANCE_MS;
	const isTooLate = theirs > ours + CLOCK_SKEW_TOLERANCE_MS;
	return isTooEarly || isTooLate ? theirs : ours;
}
