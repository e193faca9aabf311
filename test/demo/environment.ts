import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { kliqCredential } from '../support/kliqCredential';
import {
	buildNode,
	buildWebhookNode,
	chain,
	ensureN8n,
	N8nClient,
	NEWEST_N8N,
	packProject,
	startN8n,
	webhookUrl,
	type RunningN8n,
} from '../support/n8n';
import {
	KLIQ_EVENT_TYPES,
	startKliqSimulator,
	type KliqEventType,
	type KliqSimulator,
} from '../support/simulator';

type WebhookNode = ReturnType<typeof buildWebhookNode>;

const PROJECT = resolve(__dirname, '../..');

/** Everything the demo runs: a real n8n with the package in it, a simulated KLIQ, a workflow. */
export interface DemoEnvironment {
	n8n: RunningN8n;
	client: N8nClient;
	kliq: KliqSimulator;
	workflowId: string;
	/** Starts a CV job for every new observation; made, not yet published. */
	analysisId: string;
	/** Where KLIQ sends the events of the demo's workflow. */
	url: string;
	/** Unsubscribes, stops everything and removes what it made. Calling it again does nothing. */
	close(): Promise<void>;
}

/**
 * Builds and packs the project, gets n8n, and sets the scene up to the unpublished workflow.
 *
 * @param say told in plain lines what is going on
 * @throws Error with the reason if any of it fails; nothing is left running then
 */
export async function openDemoEnvironment(say: (line: string) => void): Promise<DemoEnvironment> {
	const undo: Array<() => Promise<unknown>> = [];
	const close = async () => {
		for (let step = undo.pop(); step; step = undo.pop()) await step();
	};
	try {
		const installation = await ensureN8n(NEWEST_N8N, say);

		say('Building and packing n8n-nodes-kliq');
		const tarball = await packProject(PROJECT);
		undo.push(() => rm(dirname(tarball), { recursive: true, force: true }));

		const kliq = await startKliqSimulator();
		undo.push(() => kliq.stop());

		say(`Starting n8n ${NEWEST_N8N} with the package installed`);
		const n8n = await startN8n({ installation, tarball });
		undo.push(() => n8n.stop());

		const client = new N8nClient(n8n);
		await client.setUpOwner();
		const credentialId = await storeCredential(client, kliq);
		const lines = lineWorkflow(credentialId);
		const { id: workflowId } = await client.createWorkflow({
			name: 'KLIQ events → one line each',
			...lines,
		});
		const { id: analysisId } = await client.createWorkflow({
			name: 'New observation → CV job',
			...analysisWorkflow(credentialId),
		});
		const url = webhookUrl(n8n.url, lines.nodes[0] as WebhookNode);
		return { n8n, client, kliq, workflowId, analysisId, url, close };
	} catch (error) {
		await close();
		throw error;
	}
}

async function storeCredential(client: N8nClient, kliq: KliqSimulator): Promise<string> {
	return await client.createCredential({
		type: 'kliqApi',
		name: 'KLIQ (simulated)',
		data: kliqCredential(kliq),
	});
}

const triggerOn = (events: KliqEventType[], credentialId: string): WebhookNode =>
	buildWebhookNode({
		type: 'n8n-nodes-kliq.kliqTrigger',
		name: 'KLIQ Trigger',
		parameters: { events, respond: 'onReceived' },
		credentials: { kliqApi: credentialId },
	});

/** KLIQ Trigger, and a node that makes a readable line of each event. */
function lineWorkflow(credentialId: string) {
	const line = buildNode({
		type: 'n8n-nodes-base.set',
		name: 'Write a Line',
		typeVersion: 3.4,
		parameters: {
			assignments: {
				assignments: [
					{
						id: 'line',
						name: 'line',
						type: 'string',
						value: '={{ $json.timestamp }}  {{ $json.type }}  {{ $json.id }}',
					},
				],
			},
			options: {},
		},
	});
	return chain([triggerOn([...KLIQ_EVENT_TYPES], credentialId), line]);
}

/** KLIQ Trigger on new observations, and a node that has each analyzed. */
function analysisWorkflow(credentialId: string) {
	const start = buildNode({
		type: 'n8n-nodes-kliq.kliq',
		name: 'Start CV Job',
		parameters: {
			resource: 'cvJob',
			operation: 'create',
			observationId: { __rl: true, mode: 'id', value: '={{ $json.data.observationId }}' },
			model: 'shelf-detection-v2',
		},
		credentials: { kliqApi: credentialId },
	});
	return chain([triggerOn(['observation.created'], credentialId), start]);
}
