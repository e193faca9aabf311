/** Digits, with a point for the decimals. */
const PLAIN_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;

/**
 * Parses a number, or a number in digits as text.
 *
 * @returns NaN for anything else, also where JavaScript would convert it, such as an empty list to 0
 */
export function toNumber(value: unknown): number {
	if (typeof value === 'number') return Number.isFinite(value) ? value : NaN;
	const text = typeof value === 'string' ? value.trim() : '';
	return PLAIN_NUMBER.test(text) ? Number(text) : NaN;
}
