import type { Answer } from '../result';

/** A `Date` is cut to the second before it, and has travelled for a while. */
const LARGEST_AGREEMENT_MS = 2_000;

/**
 * The time at KLIQ when it answered, in milliseconds since 1970: ours, which is the finer one, unless
 * the answer's `Date` (whole seconds) shows that the clocks differ.
 */
export function kliqsTime({ headers }: Answer): number {
	const ours = Date.now();
	const theirs = Date.parse(String(headers.date ?? ''));
	return Math.abs(ours - theirs) > LARGEST_AGREEMENT_MS ? theirs : ours;
}
