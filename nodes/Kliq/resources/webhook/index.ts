import type { INodeProperties } from 'n8n-workflow';

import type { Operations } from '../../execution/operation';
import { create } from './create.operation';
import { deleteOperation } from './delete.operation';
import { getAll } from './getAll.operation';

/** Webhook Subscription: what each value of `operation` does. */
export const webhookOperations: Operations = { create, delete: deleteOperation, getAll };

/** Webhook Subscription: the operation drop-down and the fields of each operation. */
export const webhookFields: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['webhook'] } },
		default: 'getAll',
		options: [
			{
				name: 'Create',
				value: 'create',
				description: 'Have KLIQ send events to a URL',
				action: 'Create webhook subscription',
			},
			{
				name: 'Delete',
				value: 'delete',
				description: 'Stop KLIQ from sending events to a URL',
				action: 'Delete webhook subscription',
			},
			{
				name: 'Get Many',
				value: 'getAll',
				description: 'List the addresses that KLIQ sends events to, and which events',
				action: 'Get many webhook subscriptions',
			},
		],
	},
	...create.fields,
	...deleteOperation.fields,
	...getAll.fields,
];
