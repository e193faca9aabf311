import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../support/isolatedTenant';
import { buildWebhookNode, chain, webhookUrl } from '../support/n8n';
import { LAZY_EXPRESSIONS, SQLITE_POOL, TestBed, TRIGGER } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import { HEALED_WITHIN_MS } from './support/healing';

const MINUTE_MS = 60_000;

const WORKFLOWS = 10;
const TRIGGERS_OF_WORKFLOW = 20;
const OTHERS = 1_000;

/** The one test that waits for the real interval of the health check. */
describe(`200 triggers of one account among 1,000 subscriptions in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION, {
			env: { ...SQLITE_POOL, ...LAZY_EXPRESSIONS },
		});
	});

	afterAll(async () => {
		await testBed?.close();
	});

	/** @returns the webhook URLs of the workflow's triggers */
	async function publishWorkflow(tenant: IsolatedTenant): Promise<string[]> {
		const triggers = Array.from({ length: TRIGGERS_OF_WORKFLOW }, (_, index) =>
			buildWebhookNode({
				type: TRIGGER,
				name: `KLIQ Trigger ${index}`,
				parameters: { events: ['visit.submitted'], respond: 'onReceived' },
				credentials: { kliqApi: tenant.credentialId },
			}),
		);
		const { connections } = chain([]);
		const { id } = await testBed.client.createWorkflow({
			name: 'Many triggers',
			nodes: triggers,
			connections,
		});
		await testBed.publish(id);
		return triggers.map((trigger) => webhookUrl(testBed.n8n.url, trigger));
	}

	it(
		'read the list at most once a minute, also after a start, and heal within 10 minutes',
		async () => {
			const tenant = await IsolatedTenant.on(testBed, { others: 0 });
			const urls: string[] = [];
			for (let each = 0; each < WORKFLOWS; each++) urls.push(...(await publishWorkflow(tenant)));
			// After a failure that passes, a health check subscribes.
			await waitFor(() => expect(tenant.subscriptions()).toHaveLength(urls.length));
			tenant.seed(OTHERS);
			const before = tenant.subscriptions();
			expect(before).toHaveLength(WORKFLOWS * TRIGGERS_OF_WORKFLOW + OTHERS);

			await testBed.n8n.stop({ keepData: true });
			const begun = Date.now();
			await testBed.n8n.start();
			const walks = () => tenant.listWalks().filter((at) => at > begun);
			// All first checks share the first walk. What happens after it, a later one shows.
			await waitFor(() => expect(walks()).toHaveLength(1));
			await sleep(MINUTE_MS);
			const [broken] = tenant.subscriptionsTo({ url: urls[0] });
			testBed.kliq.disable(broken.id);
			await waitFor(
				() => {
					const { id, live } = tenant.subscriptionOf({ url: urls[0] });
					expect(live).toBe(true);
					expect(id).not.toBe(broken.id);
				},
				HEALED_WITHIN_MS,
				1_000,
			);

			const times = walks();
			const gaps = times.slice(1).map((at, index) => at - times[index]);
			expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.99 * MINUTE_MS);
			const after = new Map(tenant.subscriptions().map((each) => [each.id, each]));
			expect(after.size).toBe(before.length);
			for (const each of before) {
				if (each.id !== broken.id) expect(after.get(each.id)).toEqual(each);
			}
		},
		HEALED_WITHIN_MS + 20 * MINUTE_MS,
	);
});
