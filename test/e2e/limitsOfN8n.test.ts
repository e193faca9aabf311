import { describe, expect, it } from '@jest/globals';

import { isN8nV1 } from '../support/n8n';
import { LAZY_EXPRESSIONS, SQLITE_POOL, TestBed } from '../support/testBed';
import { useTestBed } from '../support/useTestBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { slowStep } from '../support/workflowSteps';
import { CHECK_INTERVAL_MS, expectReports, publishCase } from './support/healing';

const WORKFLOW_SECONDS = 4;
const INVALID_TIME_ZONE = { timezone: 'Mars/Olympus' };

/** What the documents say of n8n. A test that fails after an upgrade asks for another text. */
describe(`limits of n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	useTestBed(
		async () =>
			await TestBed.open(N8N_VERSION, {
				checkIntervalMs: CHECK_INTERVAL_MS,
				env: { ...SQLITE_POOL, ...LAZY_EXPRESSIONS, N8N_CONCURRENCY_PRODUCTION_LIMIT: '1' },
			}),
		(opened) => (testBed = opened),
	);

	it('a limit of concurrent executions delays the 200 of Respond: Immediately on n8n 2.x', async () => {
		await testBed.publishTriggered({ then: [slowStep(WORKFLOW_SECONDS)] });
		const begun = Date.now();
		const events = [1, 2, 3].flatMap(() => testBed.kliq.emit('visit.submitted').deliveries);
		const answers = events.map(async ({ firstAttempt }) => {
			const { status } = await firstAttempt;
			return { status, seconds: (Date.now() - begun) / 1_000 };
		});
		const answered = await Promise.all(answers);
		expect(answered.map(({ status }) => status)).toEqual([200, 200, 200]);
		const seconds = answered.map((each) => each.seconds).sort((a, b) => a - b);
		const isDelayed = seconds[2] > 2 * WORKFLOW_SECONDS;
		expect(isDelayed).toBe(!isN8nV1(N8N_VERSION));
	});

	it('a workflow with an invalid time zone cannot be published', async () => {
		const { id } = await testBed.createTriggered({ settings: INVALID_TIME_ZONE });
		await expect(testBed.publish(id)).rejects.toThrow('Invalid timezone');
	});

	it('an invalid time zone of a published workflow: 500 on n8n 2.x, refused by 1.x', async () => {
		const { id, url } = await testBed.publishTriggered();
		const saving = testBed.client.updateWorkflow(id, { settings: INVALID_TIME_ZONE });
		if (isN8nV1(N8N_VERSION)) {
			await expect(saving).rejects.toThrow('Invalid timezone');
			return;
		}
		await saving;
		const [{ secret }] = testBed.subscriptionsTo(url);
		const body = JSON.stringify({ id: 'evt_1', type: 'visit.submitted' });
		expect(await testBed.kliq.deliverRaw({ url, secret, body })).toMatchObject({ status: 500 });
		expect(testBed.n8n.logs()).toContain('Invalid timezone');
	});

	it('a workflow moved to a project without the credential accepts events, and every run fails', async () => {
		const { id, url } = await testBed.publishTriggered();
		const { secret } = testBed.subscriptionsTo(url)[0];
		await testBed.client.transferToAnotherUser(id);
		const body = JSON.stringify({ id: 'evt_1', type: 'visit.submitted' });
		expect(await testBed.kliq.deliverRaw({ url, secret, body })).toMatchObject({ status: 200 });
		const executions = await testBed.client.waitForExecutions(id, 1);
		expect(await testBed.failuresAmong(executions)).toEqual([
			expect.stringContaining('does not have access to the credential'),
		]);
	});

	it('an error workflow runs on n8n 1.x in any case, on 2.x only if it is published', async () => {
		const errorWorkflow = await testBed.createErrorWorkflow();
		if (!isN8nV1(N8N_VERSION)) await testBed.unpublish(errorWorkflow);
		const published = await publishCase(testBed, { name: 'switched off' });
		const { tenant, workflow } = published;
		await testBed.client.updateWorkflow(workflow.id, { settings: { errorWorkflow } });
		testBed.kliq.disable(tenant.subscriptionOf(workflow).id);
		await expectReports(published, /switched the webhook subscription off/);
		const ran = await testBed.client.executions(errorWorkflow);
		expect(ran).toHaveLength(isN8nV1(N8N_VERSION) ? 1 : 0);
	});
});
