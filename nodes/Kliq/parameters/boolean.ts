import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import { describeValue, isBlank, getFieldValue, type Field } from './field';

/**
 * Reads a field that is on or off. Expressions and AI agents write "false" where they mean false.
 *
 * @param collection the collection that the field stands in, if it stands in one
 * @returns what is given; the field's default where nothing is
 * @throws NodeOperationError for what is neither true nor false
 */
export function readBoolean(
	context: IExecuteFunctions,
	field: Field,
	itemIndex: number,
	collection?: IDataObject,
): boolean {
	const value = getFieldValue(context, field, itemIndex, collection);
	const said = typeof value === 'string' ? value.trim().toLowerCase() : value;
	if (said === true || said === 'true') return true;
	if (said === false || said === 'false') return false;
	if (isBlank(value)) return field.default === true;
	throw new NodeOperationError(
		context.getNode(),
		`${field.displayName} is neither true nor false`,
		{
			description: `It is ${describeValue(value)}. Turn it on or off. If it comes from an expression, have that give true or false.`,
			itemIndex,
		},
	);
}
