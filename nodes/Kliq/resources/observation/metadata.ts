import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeProperties,
} from 'n8n-workflow';

import { isObject } from '../../utils/object';
import { toText } from '../../parameters/text';

/**
 * Metadata, as pairs or as JSON, whichever the person adds. One field with two kinds of entry,
 * since a field of a collection cannot show another one beside it.
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
					placeholder: 'aisle',
					description: 'Under which name KLIQ is to keep the value',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: '7',
					description:
						'What KLIQ is to keep. Text stays text; an expression may give a number or a list.',
				},
			],
		},
	],
};

/** The value of the field. */
export interface MetadataInput {
	json?: Array<{ value?: unknown }>;
	pairs?: Array<{ key?: unknown; value?: unknown }>;
}

/**
 * Puts metadata together.
 *
 * @returns undefined where there is none
 * @throws NodeOperationError for JSON that is no object and for a pair without a key that is text
 */
export function readMetadata(
	context: IExecuteFunctions,
	{ json = [], pairs = [] }: MetadataInput,
	itemIndex: number,
): IDataObject | undefined {
	const refuse = (message: string, description: string) =>
		new NodeOperationError(context.getNode(), message, { description, itemIndex });

	const ofJson = json.flatMap(({ value }) => {
		const object = parseObject(value);
		if (object === undefined) {
			throw refuse(
				'The metadata is not a JSON object',
				'It begins with { and ends with }, with double quotes around names and texts, for example {"aisle": 7}.',
			);
		}
		return Object.entries(object);
	});
	const ofPairs = pairs.map(({ key, value }): [string, unknown] => {
		const name = toText(context, { displayName: 'Key' }, key, itemIndex);
		if (name === '') throw refuse('A metadata pair has no key', 'Enter its key, or remove it.');
		return [name, value];
	});

	const entries = [...ofJson, ...ofPairs];
	return entries.length > 0 ? (Object.fromEntries(entries) as IDataObject) : undefined;
}

/** An expression may give the object itself. */
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
