import type { INodeProperties } from 'n8n-workflow';

import type { Operations } from '../../execution/operation';
import { create } from './create.operation';
import { deleteOperation } from './delete.operation';
import { get } from './get.operation';
import { getAll } from './getAll.operation';

/** Observation: what each value of `operation` does. */
export const observationOperations: Operations = { create, delete: deleteOperation, get, getAll };

/** Observation: the operation drop-down and the fields of each operation. */
export const observationFields: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['observation'] } },
		default: 'getAll',
		options: [
			{
				name: 'Create',
				value: 'create',
				description: 'Submit a photo from the field to KLIQ',
				action: 'Create observation',
			},
			{
				name: 'Delete',
				value: 'delete',
				description: 'Delete an observation for good',
				action: 'Delete observation',
			},
			{
				name: 'Get',
				value: 'get',
				description: 'Look up one observation, for example the one behind a finished CV job',
				action: 'Get observation',
			},
			{
				name: 'Get Many',
				value: 'getAll',
				description: 'List observations, by location and status if wanted',
				action: 'Get many observations',
			},
		],
	},
	...create.fields,
	...deleteOperation.fields,
	...get.fields,
	...getAll.fields,
];
