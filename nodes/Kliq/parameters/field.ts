import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { toSingleLine } from '../utils/redact';

/** What it takes to read a field, and to name it in an error as the editor does. */
export type Field = Pick<INodeProperties, 'displayName' | 'name' | 'default'>;

/**
 * What an item gives for a field: anything at all, where an expression or an AI agent fills it.
 *
 * @param collection the collection that the field stands in, if it stands in one
 */
export function getFieldValue(
	context: IExecuteFunctions,
	{ name, default: fallback }: Field,
	itemIndex: number,
	collection?: IDataObject,
): unknown {
	return collection ? collection[name] : context.getNodeParameter(name, itemIndex, fallback);
}

/** Whether a value is nothing: what an expression gives that finds nothing, or white space. */
export const isBlank = (value: unknown) =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** A value as an error may show it: short, and nothing of what an object holds. */
export function describeValue(value: unknown): string {
	if (isBlank(value)) return 'empty';
	if (typeof value === 'string') return `“${toSingleLine(value)}”`;
	if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
	return String(value);
}
