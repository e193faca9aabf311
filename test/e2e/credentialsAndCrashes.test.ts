import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../support/isolatedTenant';
import { isN8nV1 } from '../support/n8n';
import type { TestBed } from '../support/testBed';
import { useTestBed } from '../support/useTestBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import {
	CHECK_INTERVAL_MS,
	endCases,
	expectReports,
	idOf,
	openTestBed,
	publishCase,
} from './support/healing';

/** Long enough to be killed in. */
const SLOW_MS = 8_000;

describe(`KLIQ Trigger has one right subscription in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	useTestBed(openTestBed, (opened) => (testBed = opened));

	it('after its API key was revoked, tells once what to do', async () => {
		const published = await publishCase(testBed, { name: 'API key revoked' });
		const { tenant, workflow } = published;
		const id = idOf(published);
		testBed.kliq.revokeKey(tenant.apiKey);
		await expectReports(published, /KLIQ did not accept the API key/);
		await sleep(1.5 * CHECK_INTERVAL_MS);
		expect(idOf(published)).toBe(id);
		await tenant.expectHealthy(workflow);

		const noScope = testBed.kliq.addKey({ tenantId: tenant.id, scopes: ['observations:read'] });
		await tenant.changeCredential({ apiKey: noScope });
		const both = [/did not accept the API key/, /not allowed to do this at KLIQ/];
		await expectReports(published, ...both);
		await tenant.changeCredential({ apiKey: testBed.kliq.addKey({ tenantId: tenant.id }) });
		await waitFor(() => expect(idOf(published)).not.toBe(id));
		await tenant.expectHealthy(workflow);
		await sleep(1.5 * CHECK_INTERVAL_MS);
		await expectReports(published, ...both);
	});

	it('when credentials change again and again, and KLIQ loses answers', async () => {
		const changed = await publishCase(testBed, { name: 'changed', signingSecret: 'whsec_a' });
		const losing = await publishCase(testBed, { name: 'losing answers' });
		const byHand = await publishCase(testBed, { name: 'made anew by hand' });
		const all = [changed, losing, byHand];

		losing.tenant.plan({ method: 'POST', cut: 'after', times: Infinity });
		testBed.kliq.disable(idOf(losing));
		const secretOf = () => changed.tenant.subscriptionOf(changed.workflow).secret;
		for (const signingSecret of ['whsec_b', 'whsec_a', 'whsec_b', 'whsec_a']) {
			await changed.tenant.changeCredential({ signingSecret });
			await waitFor(() => expect(secretOf()).toBe(signingSecret));
			await changed.tenant.expectHealthy(changed.workflow);
		}
		const { url } = byHand.workflow;
		testBed.kliq.remove(idOf(byHand));
		testBed.kliq.seedSubscription({
			tenantId: byHand.tenant.id,
			url,
			events: byHand.workflow.trigger.parameters.events as string[],
			secret: 'whsec_of_another',
		});
		const isOwn = () => {
			const { url: found } = byHand.tenant.subscriptionOf(byHand.workflow);
			expect(found).toMatch(/\?kid=[0-9a-f]{12}$/);
		};
		await waitFor(isOwn);
		for (const { tenant, workflow } of all) await tenant.expectHealthy(workflow);
		const ids = all.map(idOf);
		const posts = testBed.kliq.requests.filter(
			({ method, path }) => method === 'POST' && path.includes(losing.tenant.id),
		);
		expect(posts.length).toBe(2);

		await testBed.n8n.restart();
		await sleep(1.5 * CHECK_INTERVAL_MS);
		expect(all.map(idOf)).toEqual(ids);
		for (const { tenant, workflow } of all) await tenant.expectHealthy(workflow);
		await expectReports(changed);
		await expectReports(losing, /switched the webhook subscription off/);
		await expectReports(byHand, /was gone at KLIQ/);
		await endCases(testBed, all);
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
		await endCases(testBed, all);
	});

	it('when static data was lost, or the command line has published it', async () => {
		const lost = await publishCase(testBed, { name: 'static data lost' });
		const { id } = lost.tenant.subscriptionOf(lost.workflow);
		await testBed.client.updateWorkflow(lost.workflow.id, { staticData: null });
		await lost.tenant.expectHealthy(lost.workflow);

		const tenant = await IsolatedTenant.on(testBed);
		const workflow = await tenant.createTriggered();
		const published = { testBed, tenant, workflow };
		await testBed.n8n.stop({ keepData: true });
		await testBed.n8n.runCommand(
			...(isN8nV1(N8N_VERSION)
				? ['update:workflow', `--id=${workflow.id}`, '--active=true']
				: ['publish:workflow', `--id=${workflow.id}`]),
		);
		await testBed.n8n.start();
		await tenant.expectHealthy(workflow);
		const made = tenant.subscriptionOf(workflow).id;
		await testBed.n8n.restart();
		await sleep(1.5 * CHECK_INTERVAL_MS);
		for (const each of [lost, published]) {
			await each.tenant.expectHealthy(each.workflow);
			await expectReports(each);
		}
		expect(tenant.subscriptionOf(workflow).id).toBe(made);
		// n8n 1.x subscribes anew at every save.
		if (!isN8nV1(N8N_VERSION)) expect(lost.tenant.subscriptionOf(lost.workflow).id).toBe(id);
		await endCases(testBed, [lost, published]);
	});
});
