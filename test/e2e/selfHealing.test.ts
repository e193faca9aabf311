import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../support/isolatedTenant';
import { buildNode, buildWebhookNode, chain, webhookUrl } from '../support/n8n';
import { runCases } from '../support/parallel';
import { TRIGGER, type TestBed } from '../support/testBed';
import { useTestBed } from '../support/useTestBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import {
	endCases,
	expectReports,
	idOf,
	openTestBed,
	publishCase,
	reportsOf,
	SUBSCRIPTION_FAULTS,
	type PublishedCase,
	type SubscriptionFault,
} from './support/healing';

const TICK_MS = 2_000;
/** Below the pause in which n8n 1.x would publish the workflow anew. */
const MAX_TICK_GAP_MS = 8_000;

describe(`KLIQ Trigger looks after its subscription in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	useTestBed(openTestBed, (opened) => (testBed = opened));

	type FaultCase = SubscriptionFault & { published: PublishedCase };

	async function publishAll(): Promise<FaultCase[]> {
		const all: FaultCase[] = [];
		// One after the other: n8n 1.x publishes so.
		for (const fault of SUBSCRIPTION_FAULTS) {
			all.push({ ...fault, published: await publishCase(testBed, fault) });
		}
		return all;
	}

	const idsOf = (all: FaultCase[]) => all.map(({ published }) => idOf(published));

	/** Exactly one active subscription that works, and the owner knows what she should and nothing else. */
	async function expectAllHealed(all: FaultCase[], idsBefore: string[]): Promise<void> {
		const expectSettled = async ({ published, report, secret }: FaultCase) => {
			const { tenant, workflow } = published;
			await tenant.expectHealthy(workflow);
			if (secret) expect(tenant.subscriptionOf(workflow).secret).toBe(secret);
			await expectReports(published, ...(report ? [report] : []));
		};
		await waitFor(() => {
			const isSame = idsOf(all).map((id, index) => id === idsBefore[index]);
			expect(isSame).toEqual(all.map(({ isKept = false }) => isKept));
		});
		await runCases(all, expectSettled);
		const ids = idsOf(all);
		await Promise.all(all.map(async ({ published }) => await published.tenant.nextCheck()));
		expect(idsOf(all)).toEqual(ids);
		await runCases(all, expectSettled);
	}

	it('while n8n runs', async () => {
		const all = await publishAll();
		const ids = idsOf(all);
		await runCases(all, async ({ apply, published }) => await apply(published));
		await expectAllHealed(all, ids);
		await endCases(
			testBed,
			all.map(({ published }) => published),
		);
	});

	it('after n8n was down', async () => {
		const all = await publishAll();
		const ids = idsOf(all);
		// No health check may heal until n8n is killed.
		for (const { apply, published } of all.filter(({ needsN8n }) => needsN8n)) {
			published.tenant.plan({ method: 'GET', status: 503, times: Infinity });
			await apply(published);
		}
		await testBed.n8n.kill();
		testBed.kliq.faults.clear();
		for (const { apply, published } of all.filter(({ needsN8n }) => !needsN8n)) {
			await apply(published);
			// The one try that a start makes at once must not be the only one.
			published.tenant.plan({ method: 'POST', status: 503 });
		}
		await testBed.n8n.restart();
		await expectAllHealed(all, ids);
	});

	it('and leaves nothing where the workflow is unpublished at the moment of a report', async () => {
		const published = await publishCase(testBed, { name: 'unpublished at the report' });
		const { tenant, workflow } = published;
		testBed.kliq.disable(tenant.subscriptionOf(workflow).id);
		await waitFor(async () => expect(await reportsOf(published)).toHaveLength(1), undefined, 50);
		tenant.plan({ method: 'GET', delayMs: 2_000 });
		await testBed.unpublish(workflow.id);
		await tenant.expectNothingLeft(workflow);
		await sleep(2_000);
		await tenant.expectNothingLeft(workflow);
	});

	it('tells by a failed execution and the error workflow, and leaves the workflow’s other triggers alone', async () => {
		const [reporting, other] = [await IsolatedTenant.on(testBed), await IsolatedTenant.on(testBed)];
		const errorWorkflow = await testBed.createErrorWorkflow();
		const { id, triggers } = await publishWithSchedule(errorWorkflow, [reporting, other]);
		const [first, second] = triggers.map((trigger) => ({
			id,
			trigger,
			url: webhookUrl(testBed.n8n.url, trigger),
		}));
		const ids = await waitFor(() => [
			reporting.subscriptionOf(first).id,
			other.subscriptionOf(second).id,
		]);

		testBed.kliq.disable(ids[0]);
		await expectReports({ testBed, workflow: first }, /switched the webhook subscription off/);
		testBed.kliq.revokeKey(reporting.apiKey);
		await expectReports(
			{ testBed, workflow: first },
			/switched the webhook subscription off/,
			/did not accept the API key/,
		);
		await Promise.all([reporting.nextCheck(), other.nextCheck()]);

		const [report] = await testBed.client.executions(id, { status: 'error' });
		const { resultData } = (await testBed.client.execution(report.id)).data;
		expect(Object.keys(resultData.runData)).not.toContain('Next');
		expect(await testBed.alarmsOf(errorWorkflow, 2)).toEqual([
			expect.stringContaining('switched the webhook subscription off'),
			expect.stringContaining('did not accept the API key'),
		]);

		expect(other.subscriptionOf(second).id).toBe(ids[1]);
		for (const [tenant, workflow] of [
			[reporting, first],
			[other, second],
		] as const) {
			const answer = await tenant.deliver(workflow);
			expect(answer).toMatchObject({ status: 200 });
		}
		const ticks = (await testBed.client.executions(id, { status: 'success' }))
			.filter(({ mode }) => mode === 'trigger')
			.map(({ startedAt }) => Date.parse(startedAt!))
			.reverse();
		const gaps = ticks.slice(1).map((at, index) => at - ticks[index]);
		process.stderr.write(
			`${N8N_VERSION}: ${ticks.length} ticks, ${Math.max(...gaps)} ms apart at most\n`,
		);
		expect(Date.now() - ticks.at(-1)!).toBeLessThan(MAX_TICK_GAP_MS);
		expect(Math.max(...gaps)).toBeLessThan(MAX_TICK_GAP_MS);
		// A `delete` that fails keeps n8n 1.x from calling those of the other triggers.
		const apiKey = testBed.kliq.addKey({ tenantId: reporting.id });
		await reporting.changeCredential({ apiKey });
		await testBed.unpublish(id);
		await reporting.expectNothingLeft(first);
		await other.expectNothingLeft(second);
	});

	/** Publishes a workflow of KLIQ Triggers and a schedule, all of which lead to one node. */
	async function publishWithSchedule(errorWorkflow: string, tenants: IsolatedTenant[]) {
		const triggers = tenants.map(({ credentialId }, index) =>
			buildWebhookNode({
				type: TRIGGER,
				name: `KLIQ Trigger ${index}`,
				parameters: { events: ['visit.submitted'], respond: 'onReceived' },
				credentials: { kliqApi: credentialId },
			}),
		);
		const interval = [{ field: 'seconds', secondsInterval: TICK_MS / 1_000 }];
		const schedule = buildNode({
			type: 'n8n-nodes-base.scheduleTrigger',
			name: 'Schedule',
			typeVersion: 1.2,
			parameters: { rule: { interval } },
		});
		const next = buildNode({ type: 'n8n-nodes-base.noOp', name: 'Next' });
		const starts = [...triggers, schedule];
		const { id } = await testBed.client.createWorkflow({
			name: 'Three triggers',
			nodes: [...starts, next],
			connections: Object.assign({}, ...starts.map((each) => chain([each, next]).connections)),
			settings: { errorWorkflow },
		});
		await testBed.publish(id);
		return { id, triggers };
	}
});
