import { setTimeout as sleep } from 'node:timers/promises';

import { ensureN8n, type N8nVersion, type RunningN8n, webhookUrl } from '../../support/n8n';
import { addressToBe, type QueueHelpers, startHelpers } from '../../support/n8n/queue/helpers';
import { QueueBackend } from '../../support/n8n/queue/queueBackend';
import type { PostResult, StoredSubscription } from '../../support/simulator';
import { TestBed, type TriggeredWorkflow } from '../../support/testBed';
import { waitFor } from '../../support/waitFor';

const STABLE_FOR_MS = 2_000;
const SETTLE_WITHIN_MS = 240_000;

/** One execution, with the id of the event that started it; n8n drops that where it crashed. */
export interface EventRun {
	executionId: string;
	eventId: string;
	status: string;
}

/** n8n in queue mode: a main with its simulated KLIQ (the test bed), two processors and two workers. */
export class QueueTestBed {
	private constructor(
		private readonly backend: QueueBackend,
		readonly testBed: TestBed,
		private readonly helpers: QueueHelpers,
	) {}

	static async open(version: N8nVersion): Promise<QueueTestBed> {
		const installation = await ensureN8n(version, () => {});
		const tarball = process.env.KLIQ_TARBALL!;
		const { port, url } = await addressToBe();
		const backend = await QueueBackend.open();
		let testBed: TestBed | undefined;
		try {
			testBed = await TestBed.open(version, { env: backend.env(), webhookUrl: url });
			const helpers = await startHelpers(backend, { installation, tarball, port, webhookUrl: url });
			return new QueueTestBed(backend, testBed, helpers);
		} catch (error) {
			await testBed?.close();
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

	/** The subscriptions at KLIQ that deliver to a workflow; KLIQ knows the first processor's address. */
	subscriptionsOf({ trigger }: TriggeredWorkflow): StoredSubscription[] {
		return this.testBed.subscriptionsTo(webhookUrl(this.processors[0].url, trigger));
	}

	/**
	 * Delivers an event once, to a processor or to the main.
	 *
	 * @param secret default: the subscription's
	 * @returns the response, or why there was none
	 */
	async send(
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
		await this.backend.close();
	}
}
