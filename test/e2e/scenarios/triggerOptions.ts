import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import { webhookUrl } from '../../support/n8n';
import { inParallel } from '../../support/parallel';
import { sendWhenReady } from '../../support/sendWhenReady';
import { shelfResult } from '../../support/simulator/samples/result';
import {
	LONG_DELIVERY_TIMEOUT,
	type OpenTestBed,
	type TestBed,
	type TriggeredWorkflow,
} from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';

const BURST = 200;
const CONNECTIONS = 50;

export function describeTriggerOptions(openTestBed: OpenTestBed): void {
	describe(`the options of KLIQ Trigger in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;

		beforeAll(async () => {
			testBed = await openTestBed(LONG_DELIVERY_TIMEOUT);
		});

		afterAll(async () => {
			await testBed?.close();
		});

		const send = async (workflow: TriggeredWorkflow, event: object, url = workflow.url) => {
			const [{ secret }] = testBed.subscriptionsTo(url);
			return await testBed.kliq.deliverRaw({ url, secret, body: JSON.stringify(event) });
		};

		it('Models: a job of another model costs no execution', async () => {
			const options = { models: 'shelf-detection-v2, price-tag-v1' };
			const workflow = await testBed.publishTriggered({ parameters: { options } });
			const job = (id: string, model: string) => ({
				id,
				type: 'cv.job.completed',
				data: { model },
			});
			expect(await send(workflow, job('evt_other', 'asset-scan-v1'))).toMatchObject({
				status: 200,
				body: '{"received":true,"ignored":"model not asked for"}',
			});
			const wanted = [job('evt_1', 'Price-Tag-v1'), { id: 'evt_2', type: 'visit.submitted' }];
			for (const event of wanted) await send(workflow, event);
			expect(await testBed.eventsRun(workflow.id, 2)).toEqual(wanted);
			await testBed.unpublish(workflow.id);
		});

		it('Split Detections: gives what CV Job → Get gives', async () => {
			const parameters = { options: { splitDetections: true } };
			const workflow = await testBed.publishTriggered({ parameters });
			const job = testBed.kliq.seedJob({ status: 'completed', result: shelfResult() });
			const { id: jobId, observationId, model, status, result } = job;
			const data = { jobId, observationId, model, status, result };
			await send(workflow, { id: 'evt_1', type: 'cv.job.completed', data });
			const get = { resource: 'cvJob', operation: 'get', jobId, ...parameters };
			const expected = await testBed.runAction(get);
			expect(expected.length).toBeGreaterThan(1);
			expect(await testBed.eventsRun(workflow.id, 1)).toEqual(expected);
			await testBed.unpublish(workflow.id);
		});

		describe('Ignore Repeats', () => {
			let workflow: TriggeredWorkflow;
			const ids = Array.from({ length: BURST }, (_, index) => `evt_${index}`);
			const event = (id: string): IDataObject => ({ id, type: 'visit.submitted', data: {} });

			/**
			 * Sends events as fast as the connections allow, and waits until all have run to the end, well.
			 *
			 * @returns the IDs of those that went on, sorted
			 */
			const sendAll = async (eventIds: string[]) => {
				const before = (await testBed.client.webhookExecutions(workflow.id)).length;
				const answers = await inParallel(eventIds, CONNECTIONS, (id) =>
					sendWhenReady(() => send(workflow, event(id))),
				);
				const isAcknowledged = (answer: object) => 'status' in answer && answer.status === 200;
				expect(answers.filter((answer) => !isAcknowledged(answer))).toEqual([]);
				const count = before + eventIds.length;
				const ended = await testBed.client.waitForExecutions(workflow.id, count);
				expect(ended).toHaveLength(count);
				expect(await testBed.failuresAmong(ended)).toEqual([]);
				const wentOn = await testBed.eventsOf(ended.slice(0, eventIds.length));
				return wentOn.map(({ id }) => id).sort();
			};

			beforeAll(async () => {
				const options = { ignoreRepeats: true };
				workflow = await testBed.publishTriggered({ parameters: { options } });
			});

			it(`lets ${BURST} events at once through once each, and none of their repeats`, async () => {
				expect(await sendAll(ids)).toEqual([...ids].sort());
				expect(await sendAll(ids)).toEqual([]);
				expect(testBed.timesLogged('could not remember an event')).toBe(0);
			});

			it('shows in the execution why a repeat ended', async () => {
				const [{ id }] = await testBed.client.webhookExecutions(workflow.id);
				const { runData } = (await testBed.client.execution(id)).data.resultData;
				expect(runData['KLIQ Trigger'][0].hints).toEqual([
					expect.objectContaining({
						message: expect.stringContaining('has sent this event before'),
					}),
				]);
			});

			it('remembers over kill -9', async () => {
				await testBed.n8n.kill();
				await testBed.n8n.start();
				expect(await sendAll(['evt_0', 'evt_1', 'evt_new'])).toEqual(['evt_new']);
			});

			it('lets a test event through that the published workflow has had', async () => {
				await testBed.client.runManually(workflow.id, 'KLIQ Trigger');
				const testUrl = webhookUrl(testBed.n8n.url, workflow.trigger, 'webhook', 'test');
				await waitFor(() => expect(testBed.subscriptionsTo(testUrl)).toHaveLength(1));
				await send(workflow, event('evt_0'), testUrl);
				const [newest] = await waitFor(async () => {
					const ended = await testBed.client.executions(workflow.id);
					expect(ended[0]).toMatchObject({ mode: 'manual', status: 'success' });
					return ended;
				});
				expect(await testBed.eventsOf([newest])).toEqual([event('evt_0')]);
				await testBed.unpublish(workflow.id);
			});
		});
	});
}
