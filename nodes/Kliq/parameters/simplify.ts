import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { readBoolean } from './boolean';

/** n8n's guidelines want an answer with more fields than this simplified. */
const MAX_FIELDS = 10;

/** The field with which an operation asks whether to simplify. */
export const SIMPLIFY_FIELD: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

/**
 * Whether an item asks for simplified output.
 *
 * @throws NodeOperationError as `readFlag`
 */
export const readSimplify = (context: IExecuteFunctions, itemIndex: number) =>
	readBoolean(context, SIMPLIFY_FIELD, itemIndex);

/**
 * Cuts a thing with more than ten fields down to those that KLIQ documents; a smaller one stays as
 * it came.
 */
export function simplify(thing: IDataObject, documented: string[]): IDataObject {
	const fields = Object.entries(thing);
	if (fields.length <= MAX_FIELDS) return thing;
	return Object.fromEntries(fields.filter(([name]) => documented.includes(name)));
}
