import type { KliqResponse } from '../result';

/** A `Date` is cut to the second before it, and has travelled for a while. */
const CLOCK_SKEW_TOLERANCE_MS = 2_000;

/**
 * The time at KLIQ when it answered, in milliseconds since 1970: ours, which is the finer one, unless
 * the answer's `Date` (whole seconds) shows that the clocks differ.
 *
 * Assumption: KLIQ-HTTP-DATE.
 */
export function serverTime({ headers }: KliqResponse): number {
	const ours = Date.now();
	const theirs = Date.parse(String(headers.date ?? ''));
	return Math.abs(ours - theirs) > CLOCK_SKEW_TOLERANCE_MS ? theirs : ours;
}
