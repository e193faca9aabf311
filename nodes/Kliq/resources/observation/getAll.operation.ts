import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { getMany } from '../../execution/getMany';
import { displayFor } from '../displayFor';
import { readText } from '../../parameters/text';
import { RETURN_ALL_FIELDS } from '../../parameters/returnAll';
import type { Operation } from '../../execution/operation';
import { simplify, SIMPLIFY_FIELD, readSimplify } from '../../parameters/simplify';
import { DOCUMENTED_FIELDS, OBSERVATIONS } from './shared';

const LOCATION_FILTER: INodeProperties = {
	displayName: 'Location ID',
	name: 'locationId',
	type: 'string',
	default: '',
	placeholder: 'loc_abc123',
	description: 'Return only observations made at this location',
};

const STATUS_FILTER: INodeProperties = {
	displayName: 'Status',
	name: 'status',
	type: 'string',
	default: '',
	placeholder: 'pending',
	description:
		'Return only observations with this status, spelled as KLIQ spells it. A new observation is “pending”.',
};

/** Observation → Get Many. */
export const getAll: Operation = {
	fields: displayFor(
		'observation',
		['getAll'],
		[
			...RETURN_ALL_FIELDS,
			SIMPLIFY_FIELD,
			{
				displayName: 'Filters',
				name: 'filters',
				type: 'collection',
				placeholder: 'Add Filter',
				default: {},
				options: [LOCATION_FILTER, STATUS_FILTER],
			},
		],
	),

	async execute(context, itemIndex) {
		const query = readQuery(context, itemIndex);
		const isSimple = readSimplify(context, itemIndex);
		const found = await getMany(context, { ...OBSERVATIONS, query }, itemIndex);
		return isSimple ? found.map((each) => simplify(each, DOCUMENTED_FIELDS)) : found;
	},
};

/** Filters that are set; an empty one would ask for observations without a location. */
function readQuery(context: IExecuteFunctions, itemIndex: number): IDataObject {
	const filters = context.getNodeParameter('filters', itemIndex, {}) as IDataObject;
	const given = [LOCATION_FILTER, STATUS_FILTER].map((field) => [
		field.name,
		readText(context, field, itemIndex, filters),
	]);
	return Object.fromEntries(given.filter(([, text]) => text !== '')) as IDataObject;
}
