import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';

import { fillIn } from '../../support/exampleWorkflow';
import { startChat, type Chat } from '../../support/fakeServices';
import { webhookUrl } from '../../support/n8n';
import { inParallel } from '../../support/parallel';
import { sendWhenReady } from '../../support/sendWhenReady';
import { LONG_DELIVERY_TIMEOUT, type OpenTestBed, type TestBed } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { postStep } from '../../support/workflowSteps';

const EXAMPLE = 'drop-repeats-when-last-node-finishes';
const EVENTS = 100;
const CONNECTIONS = 50;

export function describeDropRepeats(openTestBed: OpenTestBed): void {
	describe(`the example examples/${EXAMPLE}.json in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;
		/** Where the steps of the workflow post the events they are given. */
		let work: Chat;
		let id: string;
		let table: string;
		let subscriptionId: string;

		beforeAll(async () => {
			testBed = await openTestBed(LONG_DELIVERY_TIMEOUT);
			work = await startChat();
			table = await testBed.client.createDataTable('KLIQ events', ['event']);
			const example = fillIn(EXAMPLE, {
				credentials: { kliqTrigger: { kliqApi: testBed.credentialId } },
				dataTable: table,
			});
			const nodes = example.nodes.map((node) =>
				node.name === 'Your Steps' ? workStep(node) : node,
			);
			// Without its samples, which a manual run would take in place of the table.
			({ id } = await testBed.client.createWorkflow({ ...example, nodes, pinData: {} }));
			await testBed.publish(id);
			const trigger = nodes.find(({ name }) => name === 'KLIQ Trigger')!;
			const url = webhookUrl(testBed.n8n.url, { webhookId: trigger.webhookId! });
			[{ id: subscriptionId }] = testBed.subscriptionsTo(url);
		});

		beforeEach(() => {
			work.messages.length = 0;
		});

		afterAll(async () => {
			await testBed?.close();
			await work?.stop();
		});

		/** What stands in the place of Your Steps: posts which event it was given. */
		const workStep = (node: INode) => postStep(node, work.url, '={{ $json.id }}');

		const newEvents = (count: number) => Array.from({ length: count }, () => `evt_${randomUUID()}`);

		/** Sends an event for each ID. @returns how n8n has answered, in the IDs' order */
		const send = async (ids: string[]) =>
			await inParallel(ids, CONNECTIONS, async (eventId) => {
				const body = JSON.stringify({ id: eventId, type: 'cv.job.completed', data: {} });
				const answer = await sendWhenReady(() => testBed.kliq.deliverRaw({ subscriptionId, body }));
				return 'status' in answer ? answer.status : answer.error;
			});

		const rows = async () => (await testBed.client.dataTableRows(table)).map(({ event }) => event);

		const runSchedule = async () => {
			const { executionId } = await testBed.client.runManually(id, 'Every Day');
			const count = (await testBed.client.executions(id)).length;
			await testBed.client.waitForExecutions(id, count);
			const { status, data } = await testBed.client.execution(executionId!);
			expect(data.resultData.error).toBeUndefined();
			expect(status).toBe('success');
		};

		it(`works on ${EVENTS} events at ${CONNECTIONS} connections once each, and not on their repeats`, async () => {
			const ids = newEvents(EVENTS);
			expect((await send(ids)).filter((status) => status !== 200)).toEqual([]);
			expect([...work.messages].sort()).toEqual([...ids].sort());
			expect((await send(ids)).filter((status) => status !== 200)).toEqual([]);
			expect(work.messages).toHaveLength(EVENTS);
		});

		it('does not count an event as done whose steps have failed', async () => {
			const [eventId] = newEvents(1);
			work.refuse(1);
			expect(await send([eventId])).toEqual([500]);
			expect(await rows()).not.toContain(eventId);
			expect(await send([eventId])).toEqual([200]);
			expect(await send([eventId])).toEqual([200]);
			expect(work.messages).toEqual([eventId]);
		});

		it('forgets old events, and only those', async () => {
			const ids = newEvents(2);
			await send(ids);
			await runSchedule();
			expect(await rows()).toEqual(expect.arrayContaining(ids));

			// Three days later.
			const { nodes } = await testBed.client.workflow(id);
			const later = JSON.parse(JSON.stringify(nodes).replace('days: 3', 'days: -1')) as INode[];
			await testBed.client.updateWorkflow(id, { nodes: later });
			await runSchedule();
			expect(await rows()).toEqual([]);
		});
	});
}
