import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { readBoolean } from './boolean';
import type { FieldSource } from './itemParameters';

/** n8n's UX guidelines: an output with more fields than this offers Simplify. */
const MAX_FIELDS = 10;

/** The field that asks whether to simplify the output. */
export const SIMPLIFY_FIELD: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

/**
 * Reads Simplify.
 *
 * @throws NodeOperationError as `readBoolean`
 */
export const readSimplify = (source: FieldSource) => readBoolean(source, SIMPLIFY_FIELD);

/** Reduces an entity with more than ten fields to the documented ones; a smaller one stays as it is. */
export function simplify(entity: IDataObject, documentedFields: readonly string[]): IDataObject {
	const fields = Object.entries(entity);
	if (fields.length <= MAX_FIELDS) return entity;
	return Object.fromEntries(fields.filter(([name]) => documentedFields.includes(name)));
}
