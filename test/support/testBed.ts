import assert from 'node:assert/strict';
import type { IDataObject, INode, INodeParameters, IWorkflowSettings } from 'n8n-workflow';

import { kliqCredential } from './kliqCredential';
import {
	buildNode,
	buildWebhookNode,
	chain,
	ensureN8n,
	isN8nV1,
	N8nClient,
	outputOf,
	startN8n,
	webhookUrl,
	type Execution,
	type ExecutionSummary,
	type N8nVersion,
	type RunningN8n,
	type StartOptions,
} from './n8n';
import { packWithCheckInterval } from './shortCheckInterval';
import {
	startKliqSimulator,
	KLIQ_EVENT_TYPES,
	type KliqSettings,
	type KliqSimulator,
	type KliqSimulatorOptions,
	type StoredSubscription,
} from './simulator';
import { isSameWithoutQuery } from './subscriptionUrl';
import { waitFor } from './waitFor';

export const TRIGGER = 'n8n-nodes-kliq.kliqTrigger';
export const KLIQ = 'n8n-nodes-kliq.kliq';

/** For tests that use n8n concurrently: with one SQLite connection n8n 1.x mixes their transactions. */
export const SQLITE_POOL = { DB_SQLITE_POOL_SIZE: '4' };

/** For tests with bursts: KLIQ waits for an answer longer than n8n ever takes on a busy machine. */
export const LONG_DELIVERY_TIMEOUT = { deliveryTimeoutMs: 180_000 };

/**
 * For tests with many events or publications, where expressions are not the subject: n8n 2.x then makes
 * no expression engine for what needs none, which takes half of the processor time of both.
 */
export const LAZY_EXPRESSIONS = { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' };

const ERROR_TRIGGER = 'On Error';

const START = buildNode({ type: 'n8n-nodes-base.manualTrigger', name: 'Start' });

/** A workflow that KLIQ Trigger starts, as a test sees it. */
export interface TriggeredWorkflow {
	id: string;
	trigger: INode & { webhookId: string };
	/** Where the published trigger receives events. */
	url: string;
}

/** Opens a test bed on an n8n that several suites share, one after the other. */
export type OpenTestBed = (kliq?: KliqSimulatorOptions) => Promise<TestBed>;

const createCredential = async (client: N8nClient, kliq: KliqSimulator) =>
	await client.createCredential({ type: 'kliqApi', name: 'KLIQ', data: kliqCredential(kliq) });

/** A real n8n with the packed package in it, a simulated KLIQ, and a credential between them. */
export class TestBed {
	private readonly initialSettings: KliqSettings;

	private constructor(
		readonly n8n: RunningN8n,
		readonly client: N8nClient,
		readonly kliq: KliqSimulator,
		readonly credentialId: string,
		private readonly ownsN8n = true,
	) {
		this.initialSettings = structuredClone(kliq.settings);
	}

	/**
	 * Starts both, n8n without its editor unless told.
	 *
	 * @throws Error with the reason if that fails, or if `providePackedProject` has not been called;
	 * nothing is left running then
	 */
	static async open(
		version: N8nVersion,
		options: Pick<StartOptions, 'env' | 'webhookUrl' | 'hasEditor'> & {
			kliq?: KliqSimulatorOptions;
			/** Milliseconds between two health checks of a trigger; the real 10 minutes unless told. */
			checkIntervalMs?: number;
		} = {},
	): Promise<TestBed> {
		const { kliq: kliqOptions, hasEditor = false, checkIntervalMs, ...startOptions } = options;
		const installation = await ensureN8n(version, () => {});
		const packed = process.env.KLIQ_TARBALL;
		if (!packed) throw new Error('There is no packed project to install into n8n');
		const tarball =
			checkIntervalMs === undefined ? packed : await packWithCheckInterval(packed, checkIntervalMs);
		const kliq = await startKliqSimulator(kliqOptions);
		let n8n: RunningN8n | undefined;
		try {
			n8n = await startN8n({ installation, tarball, hasEditor, ...startOptions });
			const client = new N8nClient(n8n);
			await client.setUpOwner();
			return new TestBed(n8n, client, kliq, await createCredential(client, kliq));
		} catch (error) {
			await n8n?.stop();
			await kliq.stop();
			throw error;
		}
	}

	/** The same n8n with another simulated KLIQ and a credential for that: starting n8n takes long. */
	async withAnotherKliq(options?: KliqSimulatorOptions): Promise<TestBed> {
		const kliq = await startKliqSimulator(options);
		try {
			const credentialId = await createCredential(this.client, kliq);
			return new TestBed(this.n8n, this.client, kliq, credentialId, false);
		} catch (error) {
			await kliq.stop();
			throw error;
		}
	}

	/** Stops KLIQ, and n8n unless it is another test bed's, of which it leaves no published workflow. */
	async close(): Promise<void> {
		await (this.ownsN8n ? this.n8n.stop() : this.reset());
		await this.kliq.stop();
	}

	/** Undoes what a test may have left: faults, settings, a stopped n8n, published workflows. */
	async reset(): Promise<void> {
		this.kliq.faults.clear();
		Object.assign(this.kliq.settings, structuredClone(this.initialSettings));
		if (!this.n8n.isRunning) await this.n8n.restart();
		for (const { id } of await this.client.publishedWorkflows()) await this.unpublish(id);
	}

	/** Creates a workflow of KLIQ Trigger and the nodes to follow it, not published yet. */
	async createTriggered({
		name = 'On a KLIQ event',
		parameters = {},
		credentialId = this.credentialId,
		then = [],
		settings = {},
	}: {
		name?: string;
		parameters?: INodeParameters;
		credentialId?: string;
		then?: INode[];
		settings?: IWorkflowSettings;
	} = {}): Promise<TriggeredWorkflow> {
		const trigger = buildWebhookNode({
			type: TRIGGER,
			name: 'KLIQ Trigger',
			parameters: { events: [...KLIQ_EVENT_TYPES], respond: 'onReceived', ...parameters },
			credentials: { kliqApi: credentialId },
		});
		const { id } = await this.client.createWorkflow({
			name,
			...chain([trigger, ...then]),
			settings,
		});
		return { id, trigger, url: webhookUrl(this.n8n.url, trigger) };
	}

	/**
	 * Creates and publishes one, and waits until KLIQ has its subscription: a failure that passes does not
	 * fail the publication, and a health check subscribes after it.
	 *
	 * @param options `tenantId`: the tenant of the credential, if not the default one
	 */
	async publishTriggered({
		tenantId,
		...options
	}: Parameters<TestBed['createTriggered']>[0] & {
		tenantId?: string;
	} = {}): Promise<TriggeredWorkflow> {
		const workflow = await this.createTriggered(options);
		await this.publish(workflow.id);
		const { webhookId } = workflow.trigger;
		await waitFor(() => {
			// By the webhook ID: KLIQ may reach n8n at another address than the test does.
			const found = this.kliq.subscriptions(tenantId).filter(({ url }) => url.includes(webhookId));
			assert.equal(found.length, 1, `${found.length} subscriptions deliver to ${workflow.url}`);
		});
		return workflow;
	}

	/**
	 * Makes a workflow that n8n runs where another one fails, if that names it in its settings.
	 *
	 * @returns its id
	 */
	async createErrorWorkflow(): Promise<string> {
		const trigger = buildNode({ type: 'n8n-nodes-base.errorTrigger', name: ERROR_TRIGGER });
		const { id } = await this.client.createWorkflow({ name: 'On error', ...chain([trigger]) });
		// n8n 2.x runs only a published one; n8n 1.x publishes none without another trigger.
		if (!isN8nV1(this.n8n.version)) await this.publish(id);
		return id;
	}

	/** What `createErrorWorkflow`'s workflow was told, oldest first, once it has run so often. */
	async alarmsOf(id: string, count: number): Promise<string[]> {
		const executions = (await this.client.waitForExecutions(id, count)).reverse();
		const alarms = executions.map(async (each) => {
			const [told] = outputOf(await this.client.execution(each.id), ERROR_TRIGGER);
			return JSON.stringify(told);
		});
		return await Promise.all(alarms);
	}

	async publish(id: string): Promise<void> {
		await this.client.publish(id);
		await this.client.waitUntilPublished(id);
	}

	/** Unpublishes and publishes: what makes n8n ask the trigger for its subscription anew. */
	async republish(id: string): Promise<void> {
		await this.unpublish(id);
		await this.publish(id);
	}

	async unpublish(id: string): Promise<void> {
		await this.client.unpublish(id);
		await this.client.waitUntilUnpublished(id);
	}

	/** The subscriptions at KLIQ that deliver to an address. */
	subscriptionsTo(url: string): StoredSubscription[] {
		return this.kliq.subscriptions().filter((each) => isSameWithoutQuery(each.url, url));
	}

	/** How often n8n has logged a text since its first start. */
	timesLogged(text: string): number {
		return this.n8n.logs().split(text).length - 1;
	}

	/** What KLIQ Trigger gave out in each ended execution of a workflow, oldest first. */
	async eventsRun(id: string, count: number, timeoutMs?: number): Promise<IDataObject[]> {
		return await this.eventsOf(await this.client.waitForExecutions(id, count, timeoutMs));
	}

	/** Why executions did not succeed: what each failed with, or its status. */
	async failuresAmong(executions: ExecutionSummary[]): Promise<string[]> {
		const failures: string[] = [];
		for (const { id, status } of executions) {
			if (status === 'success') continue;
			const { error } = (await this.client.execution(id)).data.resultData;
			failures.push(error?.message ?? status);
		}
		return failures;
	}

	/** What KLIQ Trigger gave out in executions that come newest first; oldest first. */
	async eventsOf(executions: ExecutionSummary[]): Promise<IDataObject[]> {
		const events: IDataObject[] = [];
		for (const execution of [...executions].reverse()) {
			events.push(...outputOf(await this.client.execution(execution.id), 'KLIQ Trigger'));
		}
		return events;
	}

	/**
	 * Runs the KLIQ node once, started by hand.
	 *
	 * @param then nodes to follow it
	 * @returns the JSON that the last node gives out
	 */
	async runAction(
		parameters: INodeParameters,
		more: Partial<INode> = {},
		then: INode[] = [],
	): Promise<IDataObject[]> {
		const action = { ...this.buildAction(KLIQ, parameters), ...more };
		const workflow = chain([START, action, ...then]);
		const execution = await this.runByHand(workflow);
		return outputOf(execution, workflow.nodes.at(-1)!.name);
	}

	/**
	 * Runs the KLIQ node once as an agent's tool, as the editor does with "Execute step": without a model.
	 *
	 * @param before nodes that give the agent its items
	 * @returns what the agent is given
	 */
	async runTool(
		parameters: INodeParameters,
		more: Partial<INode> = {},
		before: INode[] = [],
	): Promise<unknown> {
		const tool = { ...this.buildAction(`${KLIQ}Tool`, parameters), ...more };
		const agent = buildNode({ type: '@n8n/n8n-nodes-langchain.agent', name: 'Agent' });
		const { nodes, connections } = chain([START, ...before, agent]);
		const ofTool = { ai_tool: [[{ node: agent.name, type: 'ai_tool' as const, index: 0 }]] };
		const execution = await this.runByHand(
			{ nodes: [...nodes, tool], connections: { ...connections, [tool.name]: ofTool } },
			{
				destinationNode: { nodeName: tool.name, mode: 'inclusive' },
				agentRequest: { query: {}, tool: { name: tool.name } },
			},
		);
		const [run] = execution.data.resultData.runData[tool.name];
		return run.data?.ai_tool?.[0]?.[0].json.response;
	}

	/**
	 * Runs n8n's HTTP Request node once, with the KLIQ credential.
	 *
	 * @returns the JSON that it gives out
	 */
	async runHttpRequest(url: string): Promise<IDataObject[]> {
		const request = buildNode({
			type: 'n8n-nodes-base.httpRequest',
			name: 'HTTP Request',
			typeVersion: 4.2,
			parameters: {
				url,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'kliqApi',
				options: {},
			},
			credentials: { kliqApi: this.credentialId },
		});
		return outputOf(await this.runByHand(chain([START, request])), request.name);
	}

	private buildAction(type: string, parameters: INodeParameters): INode {
		const credentials = { kliqApi: this.credentialId };
		return buildNode({ type, name: 'KLIQ', parameters, credentials });
	}

	/** @throws the error that the execution ends with */
	private async runByHand(workflow: ReturnType<typeof chain>, more = {}): Promise<Execution> {
		const { id } = await this.client.createWorkflow({ name: 'KLIQ by hand', ...workflow });
		await this.client.runManually(id, START.name, more);
		const [{ id: executionId }] = await this.client.waitForExecutions(id, 1);
		const execution = await this.client.execution(executionId);
		const { error } = execution.data.resultData;
		if (error) throw error;
		return execution;
	}
}
