import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import type { Operation, Operations } from './execution/operation';
import { runItems } from './execution/runItems';
import { searchJobs } from './listSearch/searchJobs';
import { searchObservations } from './listSearch/searchObservations';
import { searchWebhooks } from './listSearch/searchWebhooks';
import { cvJobFields, cvJobOperations } from './resources/cvJob';
import { observationFields, observationOperations } from './resources/observation';
import { webhookFields, webhookOperations } from './resources/webhook';
import { operationError } from './utils/nodeErrors';

const operations: Record<string, Operations> = {
	cvJob: cvJobOperations,
	observation: observationOperations,
	webhook: webhookOperations,
};

/** The action node: observations, CV jobs and webhook subscriptions. */
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
		builderHint: {
			searchHint:
				'To start a workflow on KLIQ events, use KLIQ Trigger instead of polling with this node. It subscribes by itself: create no webhook subscription for it. Wait for Completion suits a few short CV jobs; for others, use KLIQ Trigger on cv.job.completed. Ask the user for one KLIQ API credential and nothing else.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-kliq.kliqTrigger',
					relationHint: 'Starts a workflow on KLIQ events',
				},
			],
		},
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
		return [await runItems(this, () => getOperation(this))];
	}
}

/**
 * Looks up the operation that the node's parameters name. The editor offers only existing ones; a
 * workflow file or an expression may name any.
 */
function getOperation(context: IExecuteFunctions): Operation {
	const resource = context.getNodeParameter('resource', 0, '') as string;
	const operation = context.getNodeParameter('operation', 0, '') as string;
	const missing = (what: string) =>
		operationError(
			{ node: context.getNode() },
			`The KLIQ node has no ${what}`,
			'Open the node, and choose a Resource and then an Operation from their lists',
		);
	if (!Object.hasOwn(operations, resource)) throw missing(`resource “${resource}”`);
	if (!Object.hasOwn(operations[resource], operation)) {
		throw missing(`operation “${operation}” for the resource “${resource}”`);
	}
	return operations[resource][operation];
}
