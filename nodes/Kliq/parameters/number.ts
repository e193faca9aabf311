/** A number in digits, with a point for the decimals. */
const PLAIN_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;

/**
 * A number as a person, an expression or an AI agent gives it: a number, or one as plain text. NaN
 * for anything else, even where JavaScript would make a number of it, such as 0 of an empty list.
 */
export function toNumber(value: unknown): number {
	if (typeof value === 'number') return Number.isFinite(value) ? value : NaN;
	const text = typeof value === 'string' ? value.trim() : '';
	return PLAIN_NUMBER.test(text) ? Number(text) : NaN;
}
