import type { Field, FieldSource } from './itemParameters';
import { describeValue, isBlank } from './value';

/**
 * Reads an on/off field. Expressions and AI agents may give "true" and "false" as text.
 *
 * @returns the value; the field's default if it is blank
 * @throws NodeOperationError for anything else
 */
export function readBoolean(source: FieldSource, field: Field): boolean {
	const value = source.getValue(field);
	const normalized = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (normalized === true || normalized === 'true') return true;
	if (normalized === false || normalized === 'false') return false;
	if (isBlank(value)) return field.default === true;
	throw source.operationError(
		`${field.displayName} is neither true nor false`,
		`It is ${describeValue(value)}. Turn it on or off. If it comes from an expression, have that give true or false.`,
	);
}

/**
 * Reads an on/off option of a collection. It is on by default there, since a user who adds it wants it,
 * and off where it was not added or is blank.
 *
 * @throws NodeOperationError as `readBoolean`
 */
export const readAddedOption = (options: FieldSource, field: Field): boolean =>
	readBoolean(options, { ...field, default: false });
