import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { isN8nV1, outputOf } from '../support/n8n';
import {
	manualClock,
	type Delivery,
	type DeliveryEnd,
	type ManualClock,
} from '../support/simulator';
import { LAZY_EXPRESSIONS, TestBed, type TriggeredWorkflow } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import { slowStep } from '../support/workflowSteps';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe(`what reaches a workflow in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;
	let clock: ManualClock;

	beforeAll(async () => {
		// Longer than n8n ever takes: the clock stands still while n8n works.
		clock = manualClock({ patienceMs: 180_000 });
		testBed = await TestBed.open(N8N_VERSION, { kliq: { clock }, env: LAZY_EXPRESSIONS });
	});

	afterEach(async () => {
		await testBed?.reset();
	});

	afterAll(async () => {
		await testBed?.close();
	});

	const emit = (count: number) =>
		Array.from({ length: count }, () => testBed.kliq.emit('visit.submitted').deliveries).flat();

	const crashAndRestart = async () => {
		await testBed.n8n.kill();
		await testBed.n8n.restart();
	};

	/** How many successful executions there are of each event. */
	async function successesOf({ id }: TriggeredWorkflow, deliveries: Delivery[]) {
		const runs = new Map(deliveries.map(({ event }) => [event.id, 0]));
		for (const { id: executionId } of await testBed.client.executions(id, { status: 'success' })) {
			const [event] = outputOf(await testBed.client.execution(executionId), 'KLIQ Trigger');
			// On its one SQLite connection n8n 1.x stores first that an execution has succeeded, then what
			// it did (updateExistingExecution in its execution.repository), and only then answers. Killed
			// in between it leaves a success without its event, which KLIQ will send again.
			if (event === undefined && isN8nV1(N8N_VERSION)) continue;
			runs.set(event.id as string, (runs.get(event.id as string) ?? 0) + 1);
		}
		return deliveries.map(({ event }) => runs.get(event.id)!);
	}

	/** Waits until each delivery has ended with a 2xx; fails with the state of those that have not. */
	async function expectDelivered(deliveries: Delivery[]): Promise<void> {
		const ends = new Map<Delivery, DeliveryEnd>();
		for (const delivery of deliveries) {
			void delivery.ended.then((end) => ends.set(delivery, end));
		}
		await waitFor(() => {
			const others = deliveries.filter((delivery) => ends.get(delivery) !== 'delivered');
			expect(others.map((other) => ({ ...other, end: ends.get(other) }))).toEqual([]);
		});
	}

	/** Every event was delivered in the end, and none was run more often than KLIQ sent it. */
	async function expectAllRun(workflow: TriggeredWorkflow, deliveries: Delivery[]): Promise<void> {
		await expectDelivered(deliveries);
		await testBed.client.waitForExecutions(workflow.id, deliveries.length);
		const successes = await successesOf(workflow, deliveries);
		expect(Math.min(...successes)).toBe(1);
		deliveries.forEach(({ attempts }, index) => {
			expect(successes[index]).toBeLessThanOrEqual(attempts.length);
		});
		const sent = deliveries.flatMap(({ attempts }) => attempts).length;
		const ran = await testBed.client.executions(workflow.id, { status: 'success' });
		expect(ran.length).toBeLessThanOrEqual(sent);
	}

	it('“Immediately”: n8n killed right after its 200 leaves the event as a crashed execution', async () => {
		const workflow = await testBed.publishTriggered({
			parameters: { respond: 'onReceived' },
			// Outlasts the answers to 20 events at once, also on an overloaded machine.
			then: [slowStep(60)],
		});
		const deliveries = emit(20);
		const answers = await Promise.all(
			deliveries.map(async ({ firstAttempt }) => await firstAttempt),
		);
		await crashAndRestart();
		expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));

		const executions = await testBed.client.waitForExecutions(workflow.id, 1);
		expect(new Set(executions.map(({ status }) => status))).toEqual(new Set(['crashed']));
		expect(executions.length).toBeLessThanOrEqual(20);
		// KLIQ has its 200, so it does not retry either.
		await clock.advance(2 * DAY);
		expect(deliveries.map(({ attempts }) => attempts.length)).toEqual(Array(20).fill(1));
		expect(await successesOf(workflow, deliveries)).toEqual(Array(20).fill(0));
		await testBed.unpublish(workflow.id);
	});

	it('“When Last Node Finishes”: 200 events arrive although n8n is killed three times', async () => {
		const workflow = await testBed.publishTriggered({
			parameters: { respond: 'lastNode' },
			then: [slowStep(1)],
		});
		const deliveries: Delivery[] = [];
		for (let crash = 1; crash <= 3; crash++) {
			deliveries.push(...emit(50));
			// By then some are answered, some are running, some are still being sent.
			await waitFor(
				() => expect(deliveries.slice(-50).some(({ attempts }) => attempts.length > 0)).toBe(true),
				undefined,
				20,
			);
			await testBed.n8n.kill();
			await clock.advance(MINUTE);
			await testBed.n8n.restart();
		}
		deliveries.push(...emit(50));
		await clock.advance(3 * HOUR);
		expect(deliveries).toHaveLength(200);
		expect(deliveries.filter(({ attempts }) => attempts.length > 1).length).toBeGreaterThan(0);
		await expectAllRun(workflow, deliveries);
		await testBed.unpublish(workflow.id);
	});

	it('a minute, an hour and a day of downtime: every event arrives, once', async () => {
		const workflow = await testBed.publishTriggered({ parameters: { respond: 'lastNode' } });
		const { n8n } = testBed;
		await n8n.stop({ keepData: true });
		const ofDay = emit(3);
		await clock.advance(23 * HOUR);
		const ofHour = emit(3);
		await clock.advance(59 * MINUTE);
		const ofMinute = emit(3);
		await clock.advance(MINUTE - 1);
		await n8n.start();
		await clock.advance(3 * HOUR);

		const attempts = (deliveries: Delivery[]) => deliveries.map((each) => each.attempts.length);
		expect(attempts(ofMinute)).toEqual([2, 2, 2]);
		expect(attempts(ofHour)).toEqual([5, 5, 5]);
		// Six attempts, the last 26.6 hours after the event, with the timestamp of the first.
		expect(attempts(ofDay)).toEqual([6, 6, 6]);
		for (const { event, attempts: made } of ofDay) {
			expect(made[5].at - Date.parse(event.timestamp)).toBeGreaterThan(26 * HOUR);
			expect(made[5].status).toBe(200);
		}
		expect(testBed.subscriptionsTo(workflow.url)).toEqual([
			expect.objectContaining({ live: true }),
		]);

		const all = [...ofDay, ...ofHour, ...ofMinute];
		await expectAllRun(workflow, all);
		expect(await successesOf(workflow, all)).toEqual(Array(9).fill(1));
		await testBed.unpublish(workflow.id);
	});
});
