import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { FieldSource } from '../../parameters/itemParameters';
import { toText } from '../../parameters/text';
import { asObject, isObject } from '../../utils/object';

/**
 * Metadata as key-value pairs, as JSON, or both. One field with two kinds of entry, because
 * `displayOptions` do not work between fields of a collection.
 */
export const METADATA_FIELD: INodeProperties = {
	displayName: 'Metadata',
	name: 'metadata',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Metadata',
	default: {},
	description:
		'Anything KLIQ is to keep with the observation, as key-value pairs or as JSON. Where both name a key, the pair counts.',
	options: [
		{
			displayName: 'JSON',
			name: 'json',
			values: [
				{
					displayName: 'JSON',
					name: 'value',
					type: 'json',
					default: '{}',
					description: 'A JSON object, for example {"aisle": 7, "campaign": "spring"}',
				},
			],
		},
		{
			displayName: 'Key-Value Pair',
			name: 'pairs',
			values: [
				{
					displayName: 'Key',
					name: 'key',
					type: 'string',
					default: '',
					placeholder: 'e.g. aisle',
					description: 'Under which name KLIQ is to keep the value',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: 'e.g. 7',
					description:
						'What KLIQ is to keep. Text stays text; an expression may give a number or a list.',
				},
			],
		},
	],
};

/** The value of the field. */
interface MetadataValue {
	json?: Array<{ value?: unknown }>;
	pairs?: Array<{ key?: unknown; value?: unknown }>;
}

/**
 * Reads metadata.
 *
 * @returns undefined if there is none
 * @throws NodeOperationError for JSON that is not an object and for a pair without a text key
 */
export function readMetadata(source: FieldSource): IDataObject | undefined {
	const { json = [], pairs = [] }: MetadataValue = asObject(source.getValue(METADATA_FIELD));

	const jsonEntries = json.flatMap(({ value }) => {
		const object = parseObject(value);
		if (object !== undefined) return Object.entries(object);
		throw source.operationError(
			'The metadata is not a JSON object',
			'It begins with { and ends with }, with double quotes around names and texts, for example {"aisle": 7}.',
		);
	});
	const pairEntries = pairs.map(({ key, value }): [string, unknown] => {
		const name = toText(source, { displayName: 'Key' }, key);
		if (name !== '') return [name, value];
		throw source.operationError('A metadata pair has no key', 'Enter its key, or remove it.');
	});

	const entries = [...jsonEntries, ...pairEntries];
	return entries.length > 0 ? (Object.fromEntries(entries) as IDataObject) : undefined;
}

/** Parses JSON text; an expression may give the object itself. */
function parseObject(value: unknown): object | undefined {
	if (typeof value !== 'string') return isObject(value) ? value : undefined;
	if (value.trim() === '') return {};
	try {
		const parsed: unknown = JSON.parse(value);
		return isObject(parsed) ? parsed : undefined;
	} catch {
		return undefined;
	}
}
