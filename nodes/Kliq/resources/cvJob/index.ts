import type { INodeProperties } from 'n8n-workflow';

import type { Operations } from '../../execution/operation';
import { create } from './create.operation';
import { get } from './get.operation';
import { getAll } from './getAll.operation';

/** CV Job: what each value of `operation` does. */
export const cvJobOperations: Operations = { create, get, getAll };

/** CV Job: the operation drop-down and the fields of each operation. */
export const cvJobFields: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['cvJob'] } },
		default: 'getAll',
		options: [
			{
				name: 'Get',
				value: 'get',
				description: 'Look up one CV job and what it has found',
				action: 'Get CV job',
			},
			{
				name: 'Get Many',
				value: 'getAll',
				description: 'List CV jobs',
				action: 'Get many CV jobs',
			},
			{
				name: 'Start',
				value: 'create',
				description: 'Have a model analyze the photo of an observation',
				action: 'Start CV job',
			},
		],
	},
	...create.fields,
	...get.fields,
	...getAll.fields,
];
