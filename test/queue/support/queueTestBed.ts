import { setTimeout as sleep } from 'node:timers/promises';

import { ensureN8n, type N8nVersion, type RunningN8n, webhookUrl } from '../../support/n8n';
import { type QueueHelpers, startHelpers } from '../../support/n8n/queue/helpers';
import { QueueBackend } from '../../support/n8n/queue/queueBackend';
import { sendWhenReady } from '../../support/sendWhenReady';
import { packWithCheckInterval } from '../../support/shortCheckInterval';
import { type PostResult, scaledClock, type StoredSubscription } from '../../support/simulator';
import { LAZY_EXPRESSIONS, TestBed, type TriggeredWorkflow } from '../../support/testBed';
import { waitFor } from '../../support/waitFor';
import { LoadBalancer } from './loadBalancer';

/** The package's 10 minutes, shortened: every other time of the health check shrinks with them. */
const CHECK_INTERVAL_MS = 5_000;

/**
 * How much faster KLIQ's time runs than n8n's. At 2, the minute to its first retry is still as long as
 * the trigger holds on to a credential that it has read.
 */
const KLIQ_TIME_FACTOR = 2;

const KLIQ_OPTIONS = {
	clock: scaledClock(KLIQ_TIME_FACTOR),
	deliveryTimeoutMs: KLIQ_TIME_FACTOR * 30_000,
	// Its windows would follow that clock.
	rateLimit: undefined,
};

const STABLE_FOR_MS = 2_000;
const SETTLE_WITHIN_MS = 240_000;

/** One execution, with the id of the event that started it; n8n drops that where it crashed. */
export interface EventRun {
	executionId: string;
	eventId: string;
	status: string;
}

/**
 * n8n in queue mode: a main with its simulated KLIQ (the test bed), two processors behind a load
 * balancer, and two workers. Only the main knows the balancer's address, as n8n's documentation has it.
 * Triggers check their subscriptions every 5 seconds. The main keeps n8n's default for expressions.
 */
export class QueueTestBed {
	private constructor(
		private readonly backend: QueueBackend,
		private readonly balancer: LoadBalancer,
		readonly testBed: TestBed,
		private readonly helpers: QueueHelpers,
	) {}

	static async open(version: N8nVersion): Promise<QueueTestBed> {
		const installation = await ensureN8n(version, () => {});
		const tarball = await packWithCheckInterval(process.env.KLIQ_TARBALL!, CHECK_INTERVAL_MS);
		const backend = await QueueBackend.open();
		const balancer = await LoadBalancer.open();
		let testBed: TestBed | undefined;
		try {
			const webhookUrl = balancer.url;
			testBed = await TestBed.open(version, {
				env: backend.env(),
				webhookUrl,
				kliq: KLIQ_OPTIONS,
				checkIntervalMs: CHECK_INTERVAL_MS,
			});
			const helpers = await startHelpers(backend, {
				installation,
				tarball,
				env: LAZY_EXPRESSIONS,
			});
			balancer.setTargets(helpers.processors);
			return new QueueTestBed(backend, balancer, testBed, helpers);
		} catch (error) {
			await testBed?.close();
			await balancer.close();
			await backend.close();
			throw error;
		}
	}

	get processors(): RunningN8n[] {
		return this.helpers.processors;
	}

	get workers(): RunningN8n[] {
		return this.helpers.workers;
	}

	get main(): RunningN8n {
		return this.testBed.n8n;
	}

	/** Has the address of n8n lead to this port of loopback; by default to the processors. */
	leadTo(port?: number): void {
		this.balancer.setTargets(port === undefined ? this.processors : [{ port }]);
	}

	/** How often anything has connected to the address of n8n. */
	get connections(): number {
		return this.balancer.connections;
	}

	/** Creates and publishes a workflow that KLIQ delivers to through the load balancer. */
	async publishTriggered(
		options?: Parameters<TestBed['publishTriggered']>[0],
	): Promise<TriggeredWorkflow> {
		const workflow = await this.testBed.publishTriggered(options);
		return { ...workflow, url: webhookUrl(this.balancer.url, workflow.trigger) };
	}

	/** The subscriptions of the default tenant that deliver to a workflow. */
	subscriptionsOf({ url }: TriggeredWorkflow): StoredSubscription[] {
		return this.testBed.subscriptionsTo(url);
	}

	/** Empties what the trigger has stored for later runs, as an import of the workflow does. */
	async emptyStaticData({ id }: TriggeredWorkflow): Promise<void> {
		await this.backend.postgres.query(
			`update workflow_entity set "staticData" = null where id = '${id}'`,
		);
	}

	/**
	 * Delivers an event to a processor or to the main, again while n8n is not ready for it.
	 *
	 * @param secret default: the subscription's
	 * @returns the response, or why there was none
	 */
	async send(...event: Parameters<QueueTestBed['attempt']>): Promise<PostResult> {
		return await sendWhenReady(async () => await this.attempt(...event));
	}

	/** As `send`, once, whatever n8n answers. */
	async attempt(
		workflow: TriggeredWorkflow,
		eventId: string,
		to: RunningN8n,
		secret = this.subscriptionsOf(workflow)[0].secret,
	): Promise<PostResult> {
		const url = webhookUrl(to.url, workflow.trigger);
		const body = JSON.stringify({ id: eventId, type: 'visit.submitted', data: { note: '✓' } });
		return await this.testBed.kliq.deliverRaw({ url, secret, body });
	}

	/**
	 * All executions of a workflow once none changes any more: none is queued, and none is being stored,
	 * which 1.x does after it has taken an execution off the queue.
	 */
	async settledRunsOf(workflow: TriggeredWorkflow): Promise<EventRun[]> {
		let runs: EventRun[] = [];
		await waitFor(async () => {
			const before = await this.runsOf(workflow);
			await sleep(STABLE_FOR_MS);
			runs = await this.runsOf(workflow);
			if ((await this.queued()) > 0) throw new Error('The queue is not empty');
			if (JSON.stringify(runs) !== JSON.stringify(before)) throw new Error('Runs still change');
		}, SETTLE_WITHIN_MS);
		return runs;
	}

	/** How many executions of a workflow have a text in their stored data. */
	async countRunsWith(workflow: TriggeredWorkflow, text: string): Promise<number> {
		const [[count]] = await this.backend.postgres.query(
			`select count(*) from execution_entity e join execution_data d on d."executionId" = e.id
			where e."workflowId" = '${workflow.id}' and d.data like '%${text}%'`,
		);
		return Number(count);
	}

	/** How many records n8n's memory of seen items holds for a workflow. */
	async rememberedRecords({ id }: TriggeredWorkflow): Promise<number> {
		const [[count]] = await this.backend.postgres.query(
			`select coalesce(sum(json_array_length(value::json -> 'data')), 0)
			from processed_data where "workflowId" = '${id}'`,
		);
		return Number(count);
	}

	/** How many executions wait in Redis for a worker, or are in a worker's hands. */
	private async queued(): Promise<number> {
		// Bull's lists for n8n's queue, which is called `jobs`.
		const lists = ['bull:jobs:wait', 'bull:jobs:active'];
		const lengths = lists.map(async (list) => await this.backend.redis.ask('llen', list));
		return (await Promise.all(lengths)).reduce((sum, length) => sum + Number(length), 0);
	}

	/** All executions of a workflow as they are. Events' ids must look like `evt_a1`. */
	private async runsOf({ id }: TriggeredWorkflow): Promise<EventRun[]> {
		const rows = await this.backend.postgres.query(
			`select e.id, (regexp_match(d.data, 'evt_[a-z]+[0-9]+'))[1], e.status
			from execution_entity e join execution_data d on d."executionId" = e.id
			where e."workflowId" = '${id}' order by e.id`,
		);
		return rows.map(([executionId, eventId, status]) => ({ executionId, eventId, status }));
	}

	/** Stops every process and removes every file, also after a crash. */
	async close(): Promise<void> {
		const { processors, workers } = this.helpers;
		await Promise.all([...processors, ...workers].map(async (n8n) => await n8n.stop()));
		await this.testBed.close();
		await this.balancer.close();
		await this.backend.close();
	}
}
