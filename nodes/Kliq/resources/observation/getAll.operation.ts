import type { IDataObject } from 'n8n-workflow';

import { collect } from '../collect';
import { displayFor } from '../displayFor';
import { LIMIT_FIELDS } from '../limits';
import type { Operation } from '../operation';
import { simplify, SIMPLIFY_FIELD, wantsSimple } from '../simplify';
import { DOCUMENTED_FIELDS, OBSERVATIONS } from './observations';

interface Filters {
	locationId?: string;
	status?: string;
}

/** Observation → Get Many. */
export const getAll: Operation = {
	fields: displayFor(
		'observation',
		['getAll'],
		[
			...LIMIT_FIELDS,
			SIMPLIFY_FIELD,
			{
				displayName: 'Filters',
				name: 'filters',
				type: 'collection',
				placeholder: 'Add Filter',
				default: {},
				options: [
					{
						displayName: 'Location ID',
						name: 'locationId',
						type: 'string',
						default: '',
						placeholder: 'loc_abc123',
						description: 'Return only observations made at this location',
					},
					{
						displayName: 'Status',
						name: 'status',
						type: 'string',
						default: '',
						placeholder: 'pending',
						description:
							'Return only observations with this status, written as KLIQ writes it. A new observation is “pending”.',
					},
				],
			},
		],
	),

	async execute(context, itemIndex) {
		const query = asQuery(context.getNodeParameter('filters', itemIndex, {}) as Filters);
		const found = await collect(context, { ...OBSERVATIONS, query }, itemIndex);
		if (!wantsSimple(context, itemIndex)) return found;
		return found.map((observation) => simplify(observation, DOCUMENTED_FIELDS));
	},
};

/** Filters that are set; an empty one would ask for observations without a location. */
function asQuery({ locationId, status }: Filters): IDataObject {
	const filters = Object.entries({ locationId, status });
	const trimmed = filters.map(([name, value]) => [name, String(value ?? '').trim()]);
	return Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
}
