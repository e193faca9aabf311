import { randomUUID } from 'node:crypto';
import type { INode, INodeParameters } from 'n8n-workflow';

import { kliqCredential } from '../support/kliqCredential';
import { buildNode, buildWebhookNode, chain, webhookUrl } from '../support/n8n';
import type { TestBed } from '../support/testBed';
import { BASELINE } from './baselinePackage';

/** A published workflow that responds when its last node has finished. */
export interface Published {
	id: string;
	/** Where it is started with a POST. */
	url: string;
}

/** Its name. */
export const WORK = 'Work';

/** The node that every event has to reach. */
export const work = () => buildNode({ type: 'n8n-nodes-base.noOp', name: WORK });

/**
 * KLIQ Trigger → Work.
 *
 * @param signingSecret of its credential; without one, the trigger derives it
 */
export async function publishKliqTrigger(
	testBed: TestBed,
	signingSecret?: string,
): Promise<Published & { secret: string }> {
	const withSecret = async () =>
		await testBed.client.createCredential({
			type: 'kliqApi',
			name: 'KLIQ with a signing secret',
			data: kliqCredential(testBed.kliq, { signingSecret }),
		});
	const { id, url } = await testBed.publishTriggered({
		credentialId: signingSecret === undefined ? testBed.credentialId : await withSecret(),
		parameters: { respond: 'lastNode' },
		then: [work()],
	});
	const [{ secret }] = testBed.subscriptionsTo(url);
	return { id, url, secret };
}

/** The do-nothing trigger → Work. */
export async function publishBaseline(testBed: TestBed): Promise<Published> {
	const baseline = buildWebhookNode({ type: BASELINE, name: 'Baseline' });
	const id = await publish(testBed, 'Baseline', [baseline, work()]);
	return { id, url: webhookUrl(testBed.n8n.url, baseline) };
}

/** Webhook → Crypto → IF → Work: verifying KLIQ's signature without this package. */
export async function publishByHand(testBed: TestBed, secret: string): Promise<Published> {
	const credential = await testBed.client.createCredential({
		type: 'crypto',
		name: 'KLIQ secret',
		data: { hmacSecret: secret },
	});
	const webhook = webhookNode({ options: { rawBody: true } });
	const hmac = buildNode({
		type: 'n8n-nodes-base.crypto',
		name: 'Crypto',
		typeVersion: 2,
		parameters: {
			action: 'hmac',
			binaryData: true,
			binaryPropertyName: 'data',
			type: 'SHA256',
			dataPropertyName: 'expected',
			encoding: 'hex',
		},
		credentials: { crypto: credential },
	});
	const compare = buildNode({
		type: 'n8n-nodes-base.if',
		name: 'IF',
		typeVersion: 2.3,
		parameters: {
			conditions: {
				combinator: 'and',
				options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 3 },
				conditions: [
					{
						id: 'signature',
						leftValue: '={{ $json.headers["x-kliq-signature"] }}',
						rightValue: '={{ $json.expected }}',
						operator: { type: 'string', operation: 'equals' },
					},
				],
			},
			options: {},
		},
	});
	const id = await publish(testBed, 'By hand', [webhook.node, hmac, compare, work()]);
	return { id, url: webhook.urlOn(testBed) };
}

/** A job that works through the IDs in `ids` of what it is sent, each one an item `{ id }`. */
export async function publishForEachId(testBed: TestBed, node: INode): Promise<Published> {
	const webhook = webhookNode({ options: {} });
	const split = buildNode({
		type: 'n8n-nodes-base.splitOut',
		name: 'Split Out',
		parameters: { fieldToSplitOut: 'body.ids', options: { destinationFieldName: 'id' } },
	});
	const id = await publish(testBed, node.name, [webhook.node, split, node]);
	return { id, url: webhook.urlOn(testBed) };
}

/** A job that does something once. */
export async function publishJob(testBed: TestBed, ...nodes: INode[]): Promise<Published> {
	const webhook = webhookNode({ options: {} });
	const id = await publish(testBed, nodes[0].name, [webhook.node, ...nodes]);
	return { id, url: webhook.urlOn(testBed) };
}

function webhookNode(parameters: INodeParameters) {
	const path = randomUUID();
	const node = buildWebhookNode({
		type: 'n8n-nodes-base.webhook',
		name: 'Webhook',
		typeVersion: 2.1,
		parameters: {
			httpMethod: 'POST',
			path,
			responseMode: 'lastNode',
			responseData: 'noData',
			...parameters,
		},
	});
	return { node, urlOn: ({ n8n }: TestBed) => `${n8n.url}/webhook/${path}` };
}

async function publish(testBed: TestBed, name: string, nodes: INode[]): Promise<string> {
	const { id } = await testBed.client.createWorkflow({ name, ...chain(nodes) });
	await testBed.publish(id);
	return id;
}
