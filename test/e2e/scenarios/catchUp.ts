import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';

import { fillIn } from '../../support/exampleWorkflow';
import { startChat, type Chat } from '../../support/fakeServices';
import { IsolatedTenant } from '../../support/isolatedTenant';
import { webhookUrl, type ExecutionSummary } from '../../support/n8n';
import type { Delivery } from '../../support/simulator';
import { LONG_DELIVERY_TIMEOUT, type OpenTestBed, type TestBed } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';
import { postStep } from '../../support/workflowSteps';

/** How often the schedule of these tests asks KLIQ for its jobs. */
const EVERY_SECONDS = 20;
const HOUR_SECONDS = 3_600;
const FINISHED_JOBS = 100;
const BURST = 20;

interface Job {
	id: string;
	status: 'completed' | 'failed';
}

const nameOf = ({ id, status }: Job) => `${id} ${status}`;

export function describeCatchUp(openTestBed: OpenTestBed): void {
	describe(`the example examples/catch-up.json in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;
		/** Where the steps of the workflow post the jobs they are given. */
		let work: Chat;
		let tenant: IsolatedTenant;

		beforeAll(async () => {
			testBed = await openTestBed(LONG_DELIVERY_TIMEOUT);
			work = await startChat();
		});

		beforeEach(async () => {
			work.messages.length = 0;
			tenant = await IsolatedTenant.on(testBed, { others: 0 });
		});

		afterEach(async () => {
			await testBed?.reset();
		});

		afterAll(async () => {
			await testBed?.close();
			await work?.stop();
		});

		/** What stands in the place of Your Steps: posts which job it was given. */
		const workStep = (node: INode) =>
			postStep(node, work.url, "={{ $json.jobId + ' ' + $json.status }}");

		/** Publishes the example as a person fills it in, with an empty table. */
		async function publish({
			everySeconds = EVERY_SECONDS,
			isTriggerActive = true,
			claimMs = HOUR_SECONDS * 1_000,
		} = {}) {
			const { client } = testBed;
			const kliqApi = tenant.credentialId;
			const columns = ['job', 'progress'];
			const table = await client.createDataTable(`KLIQ jobs of ${tenant.id}`, columns);
			const dataTableId = { __rl: true, mode: 'list', value: table };
			const rule = { interval: [{ field: 'seconds', secondsInterval: everySeconds }] };
			const changes: Record<string, (node: INode) => INode> = {
				'KLIQ Trigger': (node) => ({ ...node, disabled: !isTriggerActive }),
				'Every 10 Minutes': (node) => ({ ...node, parameters: { rule } }),
				'Not Done Yet': (node) => ({ ...node, parameters: { ...node.parameters, dataTableId } }),
				'Your Steps': workStep,
			};
			const example = fillIn('catch-up', {
				credentials: { kliqTrigger: { kliqApi }, kliq: { kliqApi } },
			});
			const nodes = example.nodes
				.map((node) => changes[node.name]?.(node) ?? node)
				.map((node) => withClaimsFor(claimMs, node));
			const { id } = await client.createWorkflow({ ...example, nodes });
			await testBed.publish(id);
			const trigger = nodes.find(({ name }) => name === 'KLIQ Trigger')!;
			return { id, table, url: webhookUrl(testBed.n8n.url, { webhookId: trigger.webhookId! }) };
		}

		/** Finished jobs at KLIQ, every fifth of them failed. */
		const finish = (count: number): Job[] =>
			Array.from({ length: count }, (_, index) => {
				const status = index % 5 === 4 ? 'failed' : 'completed';
				return { id: testBed.kliq.seedJob({ tenantId: tenant.id, status }).id, status };
			});

		/** Sends a job's event, as often as told at the same time, to all who are subscribed. */
		const announce = ({ id, status }: Job, times = 1): Delivery[] => {
			const data = { jobId: id, observationId: 'obs_1', model: 'shelf-detection-v2', status };
			const event = { id: `evt_of_${id}`, tenantId: tenant.id };
			return Array.from(
				{ length: times },
				() => testBed.kliq.emit(`cv.job.${status}`, data, event).deliveries,
			).flat();
		};

		/** Waits until n8n has answered, well each time. */
		const acknowledged = async (deliveries: Delivery[]) => {
			const answers = await Promise.all(deliveries.map(({ firstAttempt }) => firstAttempt));
			expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
			return answers.length;
		};

		/** Waits until the steps have been given each of the jobs, and fails if one was given to them twice. */
		const processed = async (jobs: Job[]) => {
			await waitFor(() => expect(new Set(work.messages).size).toBeGreaterThanOrEqual(jobs.length));
			expect([...work.messages].sort()).toEqual(jobs.map(nameOf).sort());
		};

		/** Waits until the schedule has looked a few times more. */
		const scheduleLooks = async (times: number) => {
			const looks = () =>
				testBed.kliq.requests.filter(({ path }) => path.endsWith('/cv/jobs')).length;
			const before = looks();
			await waitFor(() => expect(looks()).toBeGreaterThanOrEqual(before + times));
		};

		const rowsOf = async (table: string) => {
			const rows = await testBed.client.dataTableRows(table);
			return rows.map(({ job, progress }) => `${String(job)} ${String(progress)}`).sort();
		};

		const done = (jobs: Job[]) => jobs.map((job) => `${nameOf(job)} done`).sort();

		/** Why executions did not succeed. */
		const failures = async (id: string) => {
			const isOver = ({ status }: ExecutionSummary) => !['running', 'new'].includes(status);
			return await testBed.failuresAmong((await testBed.client.executions(id)).filter(isOver));
		};

		it('processes 100 jobs once each: half announced in bursts, half missed and found by the schedule', async () => {
			const { id, table, url } = await publish();
			for (const status of ['queued', 'processing'] as const) {
				testBed.kliq.seedJob({ tenantId: tenant.id, status });
			}
			const announced: Job[] = [];
			while (announced.length < FINISHED_JOBS / 2) {
				const burst = finish(Math.min(BURST, FINISHED_JOBS / 2 - announced.length));
				announced.push(...burst);
				// Every third event comes twice at the same moment.
				await acknowledged(burst.flatMap((job, index) => announce(job, index % 3 === 0 ? 2 : 1)));
			}
			await processed(announced);
			// As KLIQ's retries come, when all is done.
			await acknowledged(announced.slice(0, BURST).flatMap((job) => announce(job)));

			// A health check, which may come at any time, cannot subscribe anew.
			tenant.plan({ method: 'POST', status: 503, times: Infinity });
			testBed.kliq.disable(tenant.subscriptionOf({ url }).id);
			const missed = finish(FINISHED_JOBS / 2);
			expect(missed.flatMap((job) => announce(job))).toEqual([]);
			const all = [...announced, ...missed];
			await processed(all);
			await scheduleLooks(3);
			await testBed.unpublish(id);

			await waitFor(async () => expect(await rowsOf(table)).toEqual(done(all)));
			await processed(all);
			expect(await failures(id)).toEqual([]);
		});

		it('processes a job once when its event comes 20 times at the same moment', async () => {
			const { id, table } = await publish({ everySeconds: HOUR_SECONDS });
			const jobs = finish(1);
			expect(await acknowledged(announce(jobs[0], BURST))).toBe(BURST);
			await processed(jobs);
			await waitFor(async () => expect(await rowsOf(table)).toEqual(done(jobs)));
			await processed(jobs);
			expect(await failures(id)).toEqual([]);
			await testBed.unpublish(id);
		});

		it('works without the trigger, and tries a job again whose steps failed', async () => {
			const claimMs = 20_000;
			work.refuse(1);
			const jobs = finish(3);
			const { id, table, url } = await publish({ isTriggerActive: false, claimMs });
			expect(tenant.subscriptionsTo({ url })).toEqual([]);

			await processed(jobs);
			await waitFor(async () =>
				expect(await rowsOf(table)).toEqual(expect.arrayContaining(done(jobs))),
			);
			await scheduleLooks(3);
			await processed(jobs);
			expect(await failures(id)).toHaveLength(1);
			await testBed.unpublish(id);
		});
	});
}

/** The node with another time after which a claim counts for nothing, as its note tells to set it. */
function withClaimsFor(claimMs: number, node: INode): INode {
	const parameters = JSON.stringify(node.parameters).replaceAll('3600000', String(claimMs));
	return { ...node, parameters: JSON.parse(parameters) as INodeParameters };
}
