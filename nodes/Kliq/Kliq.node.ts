import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import type { Operations } from './resources/operation';
import { runItems } from './resources/runItems';
import { webhookFields, webhookOperations } from './resources/webhook';
import { searchWebhooks } from './resources/webhook/searchWebhooks';

const operations: Record<string, Operations> = { webhook: webhookOperations };

/** Works with what KLIQ keeps: for now, its webhook subscriptions. */
export class Kliq implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'KLIQ',
		name: 'kliq',
		icon: { light: 'file:../../icons/kliq.svg', dark: 'file:../../icons/kliq.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Manage webhook subscriptions at KLIQ',
		defaults: { name: 'KLIQ' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'kliqApi', required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				default: 'webhook',
				options: [{ name: 'Webhook Subscription', value: 'webhook' }],
			},
			...webhookFields,
		],
	};

	methods = { listSearch: { searchWebhooks } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		return [await runItems(this, operations[resource][operation])];
	}
}
