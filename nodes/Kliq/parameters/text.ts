import type { Field, FieldSource } from './itemParameters';
import { describeValue } from './value';

/**
 * Reads a text field.
 *
 * @throws NodeOperationError as `toText`
 */
export function readText(source: FieldSource, field: Field): string {
	return toText(source, field, source.getValue(field));
}

/**
 * Reads a text field that must not be blank.
 *
 * @param missing what the error says of a blank one
 * @throws NodeOperationError for a blank one, and as `toText`
 */
export function readRequiredText(
	source: FieldSource,
	field: Field,
	missing: { message: string; description: string },
): string {
	const text = readText(source, field);
	if (text !== '') return text;
	throw source.operationError(missing.message, missing.description);
}

/**
 * Converts a field's value to text.
 *
 * @returns the text without white space around it; a number in digits; empty for a missing value
 * @throws NodeOperationError for anything else: an object would become “[object Object]”
 */
export function toText(
	source: FieldSource,
	{ displayName }: Pick<Field, 'displayName'>,
	value: unknown,
): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value.trim();
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	throw source.operationError(
		`The ${displayName} is not text`,
		`It is ${describeValue(value)}. Enter text or a number. If the value comes from an expression, check what it gives.`,
	);
}
