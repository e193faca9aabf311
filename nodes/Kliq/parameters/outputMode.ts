import { updateDisplayOptions, type IDataObject, type INodeProperties } from 'n8n-workflow';

import { parseNameList } from '../utils/nameList';
import { readBoolean } from './boolean';
import type { FieldSource } from './itemParameters';
import { readText } from './text';
import { describeValue } from './value';

/** n8n's UX guidelines: an output with more fields than this offers Simplify, and to agents Output. */
const MAX_FIELDS = 10;

const SIMPLIFY: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

const OUTPUT: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'simplified',
	options: [
		{
			name: 'Simplified',
			value: 'simplified',
			description: 'The fields that KLIQ documents, if there are more than ten',
		},
		{ name: 'Raw', value: 'raw', description: 'Everything that KLIQ sends' },
		{
			name: 'Selected Fields',
			value: 'selectedFields',
			description: 'The ID and the fields you choose',
		},
	],
	description: 'How much the agent is given. Less leaves it more room, and less to be confused by.',
};

const SELECTED_FIELDS: INodeProperties = {
	displayName: 'Fields',
	name: 'fields',
	type: 'multiOptions',
	default: [],
	description: 'The fields that the agent is given besides the ID',
};

/**
 * The fields that ask how much of an entity to return: Simplify, or, where the node is an agent's tool,
 * Output and Fields (n8n, UX guidelines, "Simplifying output fields").
 *
 * @param documented the entity's documented fields besides `id`, by the names that the editor shows
 */
export function outputModeFields(documented: INodeProperties['options']): INodeProperties[] {
	const selectedFields = { ...SELECTED_FIELDS, options: documented };
	return [
		...updateDisplayOptions({ hide: { '@tool': [true] } }, [SIMPLIFY]),
		...updateDisplayOptions({ show: { '@tool': [true] } }, [OUTPUT]),
		...updateDisplayOptions({ show: { '@tool': [true], output: ['selectedFields'] } }, [
			selectedFields,
		]),
	];
}

/**
 * Reads the fields made by `outputModeFields`. n8n takes the fields that are hidden out of a node's
 * parameters, so Output is blank unless the node is a tool.
 *
 * @param documentedFields names of the entity's documented fields
 * @returns what reduces an entity to what is asked for
 * @throws NodeOperationError for an Output that is none of its options, and as `readBoolean`
 */
export function readOutputMode(
	source: FieldSource,
	documentedFields: readonly string[],
): (entity: IDataObject) => IDataObject {
	const simplified = (entity: IDataObject) => simplify(entity, documentedFields);
	const raw = (entity: IDataObject) => entity;
	const mode = readText(source, { ...OUTPUT, default: '' });
	switch (mode) {
		case '':
			return readBoolean(source, SIMPLIFY) ? simplified : raw;
		case 'simplified':
			return simplified;
		case 'raw':
			return raw;
		case 'selectedFields': {
			const names = ['id', ...parseNameList(source.getValue(SELECTED_FIELDS))];
			return (entity) => pick(entity, names);
		}
	}
	throw source.operationError(
		'The Output is none of those that the node has',
		`It is ${describeValue(mode)}. Choose Simplified, Raw or Selected Fields; in an expression these are simplified, raw and selectedFields.`,
	);
}

/** Reduces an entity with more than ten fields to the documented ones; a smaller one stays as it is. */
function simplify(entity: IDataObject, documentedFields: readonly string[]): IDataObject {
	return Object.keys(entity).length <= MAX_FIELDS ? entity : pick(entity, documentedFields);
}

/** The entity's fields with these names, in the entity's order. */
const pick = (entity: IDataObject, names: readonly string[]): IDataObject =>
	Object.fromEntries(Object.entries(entity).filter(([name]) => names.includes(name)));
