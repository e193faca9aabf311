import { toSingleLine } from '../utils/text';

/** True for what an expression gives that finds nothing, and for white space. */
export const isBlank = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** A value as an error may show it: short, and without the content of objects. */
export function describeValue(value: unknown): string {
	if (isBlank(value)) return 'empty';
	if (typeof value === 'string') return `“${toSingleLine(value)}”`;
	if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
	return String(value);
}
