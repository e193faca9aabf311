import { beforeEach, describe, expect, it } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { byId, idsOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import type { KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

// n8n evaluates expressions in a credential for each item (n8n, credentials-helper).

let kliq: KliqSimulator;
let tenants: Array<{ tenant: string; key: string }>;

useSimulator((started) => (kliq = started));

beforeEach(() => {
	tenants = ['t_one', 't_two', 't_three'].map((tenant) => {
		kliq.addTenant(tenant);
		return { tenant, key: kliq.addKey({ tenantId: tenant }) };
	});
});

const node = (parameters: object, more: Partial<NodeSetup> = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { ...parameters },
		credential: {
			apiKey: '={{ $json.key }}',
			tenantId: '={{ $json.tenant }}',
			baseUrl: kliq.baseUrl,
			signingSecret: '',
		},
		...more,
	});

const requestedTenants = () =>
	kliq.requests.map(({ path }) => path.split('/tenants/')[1].split('/')[0]);

describe('a credential with expressions serves each item with its own key and tenant:', () => {
	it('Create', async () => {
		await node({
			resource: 'webhook',
			operation: 'create',
			url: 'https://a.example.com/',
			events: ['cv.job.failed'],
		}).execute(items(tenants));
		for (const { tenant } of tenants) expect(kliq.subscriptions(tenant)).toHaveLength(1);
		expect(kliq.requests.map(({ status }) => status)).toEqual([201, 201, 201]);
	});

	it('Get Many', async () => {
		const seeded = tenants.map(({ tenant }) =>
			kliq.seedSubscription({
				tenantId: tenant,
				url: `https://${tenant}.example.com/`,
				events: ['cv.job.failed'],
			}),
		);
		const output = await node({
			resource: 'webhook',
			operation: 'getAll',
			returnAll: true,
		}).execute(items(tenants));
		expect(idsOf(output)).toEqual(seeded.map(({ id }) => id));
	});

	it('Delete', async () => {
		const input = tenants.map((each) => {
			const { id } = kliq.seedSubscription({
				tenantId: each.tenant,
				url: 'https://a.example.com/',
				events: ['cv.job.failed'],
			});
			return { ...each, id };
		});
		await node({
			resource: 'webhook',
			operation: 'delete',
			webhookId: byId('={{ $json.id }}'),
		}).execute(items(input));
		for (const { tenant } of tenants) expect(kliq.subscriptions(tenant)).toEqual([]);
	});

	it('Get', async () => {
		const input = tenants.map((each) => ({
			...each,
			id: kliq.seedObservation({ tenantId: each.tenant }).id,
		}));
		const output = await node({
			resource: 'observation',
			operation: 'get',
			observationId: byId('={{ $json.id }}'),
		}).execute(items(input));
		expect(idsOf(output)).toEqual(input.map(({ id }) => id));
	});

	it('Start with Wait for Completion, including polls', async () => {
		kliq.settings.jobDurations = { queuedMs: 200, processingMs: 200 };
		const input = tenants.map((each) => ({
			...each,
			id: kliq.seedObservation({ tenantId: each.tenant }).id,
		}));
		const output = await node({
			resource: 'cvJob',
			operation: 'create',
			model: 'shelf-detection-v2',
			observationId: byId('={{ $json.id }}'),
			waitForCompletion: true,
		}).execute(items(input));
		expect(output.map(({ json }) => json.status)).toEqual(['completed', 'completed', 'completed']);
		expect(new Set(requestedTenants())).toEqual(new Set(tenants.map(({ tenant }) => tenant)));
		expect(kliq.requests.length).toBeGreaterThanOrEqual(6);
	});
});

describe('under Continue on Fail', () => {
	it('only an item with a wrong key fails', async () => {
		const input = [tenants[0], { ...tenants[1], key: 'kliq_live_wrong' }, tenants[2]];
		const output = await node(
			{ resource: 'webhook', operation: 'getAll', returnAll: true },
			{ onError: 'continueRegularOutput' },
		).execute(items(input));
		expect(output).toEqual([
			{ json: { error: 'KLIQ did not accept the API key' }, pairedItem: { item: 1 } },
		]);
	});

	it('only an item without a tenant fails, with its own message', async () => {
		kliq.seedSubscription({
			tenantId: 't_one',
			url: 'https://a.example.com/',
			events: ['cv.job.failed'],
		});
		const output = await node(
			{ resource: 'webhook', operation: 'getAll', returnAll: true },
			{ onError: 'continueRegularOutput' },
		).execute(items([{ key: tenants[0].key }, tenants[0]]));
		expect(output).toMatchObject([
			{
				json: { error: 'The KLIQ API credential has no usable Tenant ID' },
				pairedItem: { item: 0 },
			},
			{ json: { url: 'https://a.example.com/' }, pairedItem: { item: 1 } },
		]);
	});
});
