import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { cvJobFields, cvJobOperations } from './resources/cvJob';
import { searchJobs } from './listSearch/searchJobs';
import { observationFields, observationOperations } from './resources/observation';
import { searchObservations } from './listSearch/searchObservations';
import type { Operation, Operations } from './execution/operation';
import { runItems } from './execution/runItems';
import { webhookFields, webhookOperations } from './resources/webhook';
import { searchWebhooks } from './listSearch/searchWebhooks';

const operations: Record<string, Operations> = {
	cvJob: cvJobOperations,
	observation: observationOperations,
	webhook: webhookOperations,
};

/** Works with what KLIQ keeps: observations, the CV jobs on them, and webhook subscriptions. */
export class Kliq implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'KLIQ',
		name: 'kliq',
		icon: { light: 'file:../../icons/kliq.svg', dark: 'file:../../icons/kliq.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Submit observations to KLIQ, have them analyzed and manage webhook subscriptions',
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
				default: 'observation',
				options: [
					{ name: 'CV Job', value: 'cvJob' },
					{ name: 'Observation', value: 'observation' },
					{ name: 'Webhook Subscription', value: 'webhook' },
				],
			},
			...cvJobFields,
			...observationFields,
			...webhookFields,
		],
	};

	methods = { listSearch: { searchJobs, searchObservations, searchWebhooks } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await runItems(this, chosenOperation(this))];
	}
}

/** The editor offers only what there is; a workflow edited by hand may name anything. */
function chosenOperation(context: IExecuteFunctions): Operation {
	const resource = context.getNodeParameter('resource', 0, '') as string;
	const operation = context.getNodeParameter('operation', 0, '') as string;
	const refuse = (missing: string) =>
		new NodeOperationError(context.getNode(), `The KLIQ node has no ${missing}`, {
			description: 'Open the node, and choose a Resource and then an Operation from their lists',
		});
	if (!Object.hasOwn(operations, resource)) throw refuse(`resource “${resource}”`);
	if (!Object.hasOwn(operations[resource], operation)) {
		throw refuse(`operation “${operation}” for the resource “${resource}”`);
	}
	return operations[resource][operation];
}
