import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../support/isolatedTenant';
import { isN8nV1, webhookUrl } from '../support/n8n';
import { runCases } from '../support/parallel';
import { SQLITE_POOL, TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import {
	CHECK_INTERVAL_MS,
	CREDENTIAL_CHANGED,
	expectHealed,
	publishCase,
	reportsOf,
	SUBSCRIPTION_FAULTS,
	type PublishedCase,
	type SubscriptionFault,
} from './support/healing';

/** Long enough to be killed in. */
const SLOW_MS = 8_000;

describe(`KLIQ Trigger looks after its subscription in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION, {
			checkIntervalMs: CHECK_INTERVAL_MS,
			env: {
				...SQLITE_POOL,
				// A publication under way stays leased to a killed n8n 2.x; by default for 2 minutes.
				N8N_WORKFLOW_PUBLICATION_OUTBOX_LEASE_SECONDS: '30',
			},
		});
	});

	afterEach(async () => {
		await testBed?.reset();
	});

	afterAll(async () => {
		await testBed?.close();
	});

	type FaultCase = SubscriptionFault & { published: PublishedCase };

	async function publishAll(): Promise<FaultCase[]> {
		const all: FaultCase[] = [];
		// One after the other: n8n 1.x publishes so.
		for (const fault of SUBSCRIPTION_FAULTS) {
			all.push({ ...fault, published: await publishCase(testBed, fault) });
		}
		return all;
	}

	async function expectAllHealed(all: FaultCase[]): Promise<void> {
		await runCases(all, async ({ published, report, secret }) => {
			await expectHealed(published, report);
			const { tenant, workflow } = published;
			if (secret) expect(tenant.subscriptionOf(workflow).secret).toBe(secret);
		});
		const idsOf = () =>
			all.map(({ published: { tenant, workflow } }) => tenant.subscriptionOf(workflow).id);
		const ids = idsOf();
		await sleep(1.5 * CHECK_INTERVAL_MS);
		expect(idsOf()).toEqual(ids);
		expect(all.map(({ published }) => reportsOf(published).length)).toEqual(all.map(() => 1));
	}

	async function endAll(all: Array<Pick<PublishedCase, 'tenant' | 'workflow'>>): Promise<void> {
		for (const { tenant, workflow } of all) {
			await testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
		}
	}

	it('while n8n runs', async () => {
		const all = await publishAll();
		await runCases(all, async ({ apply, published }) => await apply(published));
		await expectAllHealed(all);
		await endAll(all.map(({ published }) => published));
	});

	it('after n8n was down', async () => {
		const all = await publishAll();
		// Credentials can be changed only while n8n runs: no health check may heal until it is killed.
		const isOfCredential = ({ report }: FaultCase) => report === CREDENTIAL_CHANGED;
		const later = all.filter((each) => !isOfCredential(each));
		for (const { apply, published } of all.filter(isOfCredential)) {
			published.tenant.plan({ method: 'GET', status: 503, times: Infinity });
			await apply(published);
		}
		await testBed.n8n.kill();
		testBed.kliq.faults.clear();
		for (const { apply, published } of later) await apply(published);
		await testBed.n8n.restart();
		await expectAllHealed(all);
	});

	it('and leaves nothing where the workflow is unpublished at the moment of a report', async () => {
		const published = await publishCase(testBed, { name: 'unpublished at the report' });
		const { tenant, workflow } = published;
		testBed.kliq.disable(tenant.subscriptionOf(workflow).id);
		// n8n 1.x reactivates the workflow a second after the report, and here amid unpublishing.
		await waitFor(() => expect(reportsOf(published)).toHaveLength(1), undefined, 50);
		tenant.plan({ method: 'GET', delayMs: 2_000 });
		await testBed.unpublish(workflow.id);
		await tenant.expectNothingLeft(workflow);
		await sleep(2_000);
		await tenant.expectNothingLeft(workflow);
	});

	it('when the API key was revoked: tells once what to do, and is well again with a new key', async () => {
		const published = await publishCase(testBed, { name: 'API key revoked' });
		const { tenant, workflow } = published;
		const { id } = tenant.subscriptionOf(workflow);
		testBed.kliq.revokeKey(tenant.apiKey);
		await waitFor(() => expect(reportsOf(published)).toHaveLength(1));
		expect(reportsOf(published)[0]).toMatch(/KLIQ did not accept the API key/);
		await sleep(1.5 * CHECK_INTERVAL_MS);
		expect(reportsOf(published)).toHaveLength(1);
		expect(tenant.subscriptionOf(workflow).id).toBe(id);
		await tenant.expectHealthy(workflow);

		const apiKey = testBed.kliq.addKey({ tenantId: tenant.id });
		await tenant.changeCredential({ apiKey });
		await waitFor(() => expect(tenant.subscriptionOf(workflow).id).not.toBe(id));
		await tenant.expectHealthy(workflow);
		await sleep(1.5 * CHECK_INTERVAL_MS);
		expect(reportsOf(published)).toHaveLength(1);
	});

	it('when n8n’s public address has changed, and when it changes back', async () => {
		const published = await publishCase(testBed, { name: 'moved' });
		const { tenant, workflow } = published;
		const newAddress = testBed.n8n.url.replace('127.0.0.1', 'localhost');
		const moved = { ...workflow, url: webhookUrl(newAddress, workflow.trigger) };

		await testBed.n8n.restart({ webhookUrl: `${newAddress}/` });
		await expectHealed({ ...published, workflow: moved }, /n8n’s address has changed/);
		await tenant.expectNothingLeft(workflow);

		await testBed.n8n.restart({ webhookUrl: `${testBed.n8n.url}/` });
		await tenant.expectHealthy(workflow);
		await tenant.expectNothingLeft(moved);
	});

	it('when n8n was killed while publishing, while checking and while healing', async () => {
		const checked = await publishCase(testBed, { name: 'killed while checking' });
		const healed = await publishCase(testBed, { name: 'killed while healing' });
		const tenant = await IsolatedTenant.on(testBed);
		const workflow = await tenant.createTriggered();
		const all = [checked, healed, { tenant, workflow }];

		tenant.plan({ method: 'POST', delayMs: SLOW_MS });
		checked.tenant.plan({ method: 'GET', delayMs: SLOW_MS });
		healed.tenant.plan({ method: 'DELETE', delayMs: SLOW_MS });
		testBed.kliq.disable(healed.tenant.subscriptionOf(healed.workflow).id);
		await waitFor(() => expect(healed.tenant.subscriptionsTo(healed.workflow)).toHaveLength(2));
		const publishing = testBed.client.publish(workflow.id).catch(() => {}); // 1.x waits for it
		await waitFor(() => {
			const asked = testBed.kliq.requests.filter(({ path }) => path.includes(tenant.id));
			expect(asked.map(({ method }) => method)).toContain('POST');
		});
		await testBed.n8n.kill();
		await publishing;
		await sleep(SLOW_MS);
		await testBed.n8n.restart();
		// n8n 1.x has not stored that it should be published.
		if (isN8nV1(N8N_VERSION)) await testBed.publish(workflow.id);
		for (const each of all) await each.tenant.expectHealthy(each.workflow);
		await endAll(all);
	});

	it('when static data was lost', async () => {
		const published = await publishCase(testBed, { name: 'static data lost' });
		const { tenant, workflow } = published;
		await testBed.client.updateWorkflow(workflow.id, { staticData: null });
		await tenant.expectHealthy(workflow);
		await testBed.n8n.restart();
		await tenant.expectHealthy(workflow);
		await sleep(1.5 * CHECK_INTERVAL_MS);
		await tenant.expectHealthy(workflow);
		expect(reportsOf(published).length).toBeLessThanOrEqual(1);
		await endAll([published]);
	});
});
