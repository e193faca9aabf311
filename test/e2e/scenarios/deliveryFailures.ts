import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { buildNode } from '../../support/n8n';
import { manualClock, type Delivery, type ManualClock } from '../../support/simulator';
import type { OpenTestBed, TestBed, TriggeredWorkflow } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';
import { requestStep, failNext, slowStep } from '../../support/workflowSteps';
import { HEALED_WITHIN_MS } from '../support/healing';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** KLIQ's timeout for a response. */
const KLIQ_TIMEOUT_MS = 30_000;

export function describeDeliveryFailures(openTestBed: OpenTestBed): void {
	describe(`workflows that fail or take long in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;
		let clock: ManualClock;

		beforeAll(async () => {
			// Longer than n8n ever takes: the clock stands still while n8n works.
			clock = manualClock({ patienceMs: 180_000 });
			testBed = await openTestBed({ clock });
		});

		afterEach(async () => {
			await testBed?.reset();
		});

		afterAll(async () => {
			await testBed?.close();
		});

		const emit = (): Delivery => {
			const { deliveries } = testBed.kliq.emit('visit.submitted');
			expect(deliveries).toHaveLength(1);
			return deliveries[0];
		};

		const answersTo = ({ attempts }: Delivery) =>
			attempts.map(({ status, error }) => status ?? error);

		/** Newest first, as n8n lists them. */
		const statusesOf = async ({ id }: TriggeredWorkflow) =>
			(await testBed.client.webhookExecutions(id)).map(({ status }) => status);

		it('“When Last Node Finishes”: an event that failed once succeeds at KLIQ’s retry after a minute', async () => {
			const workflow = await testBed.publishTriggered({
				parameters: { respond: 'lastNode' },
				then: [requestStep(testBed)],
			});
			failNext(testBed, 1);
			const delivery = emit();
			await clock.advance(MINUTE - 1);
			expect(answersTo(delivery)).toEqual([500]);
			await clock.advance(1 + DAY);
			expect(answersTo(delivery)).toEqual([500, 200]);
			expect(await statusesOf(workflow)).toEqual(['success', 'error']);
			expect(await testBed.eventsRun(workflow.id, 2)).toEqual([delivery.event, delivery.event]);
		});

		it('“Immediately”: KLIQ is not told of a failure, and does not retry', async () => {
			const failing = buildNode({ type: 'n8n-nodes-base.stopAndError', name: 'Fail' });
			const workflow = await testBed.publishTriggered({
				parameters: { respond: 'onReceived' },
				then: [{ ...failing, parameters: { errorMessage: 'as told' } }],
			});
			const delivery = emit();
			expect(await delivery.firstAttempt).toMatchObject({ status: 200 });
			await testBed.client.waitForExecutions(workflow.id, 1);
			await clock.advance(2 * DAY);
			expect(answersTo(delivery)).toEqual([200]);
			expect(await statusesOf(workflow)).toEqual(['error']);
			expect(testBed.subscriptionsTo(workflow.url)).toEqual([
				expect.objectContaining({ live: true }),
			]);
		});

		it('“When Last Node Finishes”: six failures of one event disable the subscription, and the health check restores it', async () => {
			const workflow = await testBed.publishTriggered({
				parameters: { respond: 'lastNode' },
				then: [requestStep(testBed)],
			});
			failNext(testBed, 6);
			const delivery = emit();
			await clock.advance(2 * DAY);
			// At once: a health check may come at any time.
			const [off] = testBed.subscriptionsTo(workflow.url);
			expect(off.live).toBe(false);
			expect(testBed.kliq.emit('visit.submitted').deliveries).toEqual([]);
			expect(answersTo(delivery)).toEqual(Array(6).fill(500));
			const [first, , , , , last] = delivery.attempts;
			expect(Math.round((last.at - first.at) / MINUTE)).toBe(1 + 5 + 30 + 120 + 24 * 60);
			expect(await delivery.ended).toBe('failed');
			expect(await statusesOf(workflow)).toEqual(Array(6).fill('error'));

			// By the first health check; by the second where n8n was so slow that the first came too early.
			await waitFor(
				() => expect(testBed.subscriptionsTo(workflow.url)[0]?.live).toBe(true),
				HEALED_WITHIN_MS,
			);
			const [anew, ...others] = testBed.subscriptionsTo(workflow.url);
			expect(others).toEqual([]);
			expect(anew.live).toBe(true);
			expect(anew.id).not.toBe(off.id);
			expect(await emit().firstAttempt).toMatchObject({ status: 200 });
			expect(await statusesOf(workflow)).toEqual(['success', ...Array(6).fill('error')]);
		});

		it('“When Last Node Finishes”: an execution longer than KLIQ’s timeout runs to its end, and once more', async () => {
			const workflow = await testBed.publishTriggered({
				parameters: { respond: 'lastNode' },
				then: [slowStep(5)],
			});
			const delivery = emit();
			await waitFor(async () => expect(await statusesOf(workflow)).toEqual(['running']));
			await clock.advance(KLIQ_TIMEOUT_MS, 0);
			expect(answersTo(delivery)).toEqual(['timeout']);
			await clock.advance(MINUTE);
			expect(answersTo(delivery)).toEqual(['timeout', 200]);
			expect(await testBed.eventsRun(workflow.id, 2)).toEqual([delivery.event, delivery.event]);
			expect(await statusesOf(workflow)).toEqual(['success', 'success']);
		});

		it('“When Last Node Finishes”: a wait of 65 seconds or more is answered 200 when it begins, whatever follows it', async () => {
			const workflow = await testBed.publishTriggered({
				parameters: { respond: 'lastNode' },
				then: [slowStep(70)],
			});
			const answer = await emit().firstAttempt;
			expect(answer).toMatchObject({ status: 200 });
			expect(await statusesOf(workflow)).toEqual(['waiting']);
		});
	});
}
