import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import { describeValue, getFieldValue, type Field } from './field';

/**
 * Reads a field that takes text.
 *
 * @param collection the collection that the field stands in, if it stands in one
 * @throws NodeOperationError as `asText`
 */
export function readText(
	context: IExecuteFunctions,
	field: Field,
	itemIndex: number,
	collection?: IDataObject,
): string {
	return toText(context, field, getFieldValue(context, field, itemIndex, collection), itemIndex);
}

/**
 * Takes a field's value for text.
 *
 * @returns the text without white space around it, a number in digits, nothing as empty
 * @throws NodeOperationError for anything else: as text it would be “[object Object]”
 */
export function toText(
	context: IExecuteFunctions,
	{ displayName }: Pick<Field, 'displayName'>,
	value: unknown,
	itemIndex: number,
): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'string') return value.trim();
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	throw new NodeOperationError(context.getNode(), `The ${displayName} is not text`, {
		description: `It is ${describeValue(value)}. Enter text or a number. If the value comes from an expression, check what it gives.`,
		itemIndex,
	});
}
