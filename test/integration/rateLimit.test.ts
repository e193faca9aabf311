import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { kliqCredential } from '../support/kliqCredential';
import { items } from '../support/n8nCore/items';
import { NodeUnderTest } from '../support/n8nCore/node';
import { startKliqSimulator, type KliqSimulator } from '../support/simulator';

// KLIQ names windows by whole seconds, so these take some in real time.
jest.setTimeout(60_000);

let kliq: KliqSimulator;

beforeEach(async () => {
	kliq = await startKliqSimulator();
});

afterEach(async () => {
	await kliq.stop();
});

const seed = (count: number) =>
	Array.from({ length: count }, () =>
		kliq.seedSubscription({ url: 'https://a.example.com/', events: ['cv.job.failed'] }),
	);

const deleteEach = async (input: INodeExecutionData[]) =>
	await new NodeUnderTest(new Kliq(), {
		parameters: {
			resource: 'webhook',
			operation: 'delete',
			webhookId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
		},
		credential: kliqCredential(kliq),
	}).execute(input);

const deletedInOrder = (count: number) =>
	Array.from({ length: count }, (_, item) => ({ json: { deleted: true }, pairedItem: { item } }));

const refusals = () => kliq.requests.filter(({ status }) => status === 429).length;

describe('many items under a limit smaller than what is in flight', () => {
	it('all get through, in order, with few refusals', async () => {
		kliq.settings.rateLimit = { requests: 2, windowSeconds: 1 };
		expect(await deleteEach(items(seed(14)))).toEqual(deletedInOrder(14));
		expect(kliq.subscriptions()).toEqual([]);
		// Those of the first moment, before KLIQ has told its limit, and perhaps one at a window's edge.
		expect(refusals()).toBeLessThanOrEqual(12);
	});

	it('all get through in executions that know nothing of each other', async () => {
		kliq.settings.rateLimit = { requests: 6, windowSeconds: 1 };
		const inputs = [1, 2, 3].map(() => items(seed(10)));
		const outputs = await Promise.all(inputs.map(deleteEach));
		expect(outputs).toEqual(inputs.map(() => deletedInOrder(10)));
		expect(refusals()).toBeLessThanOrEqual(32);
	});

	it('all get through where KLIQ refuses without a word about its limit', async () => {
		kliq.faults.next({ method: 'DELETE', status: 429, times: 15 });
		expect(await deleteEach(items(seed(20)))).toEqual(deletedInOrder(20));
	});

	it('all get through where somebody else uses up the same limit', async () => {
		kliq.settings.rateLimit = { requests: 6, windowSeconds: 1 };
		const { apiKey, baseUrl, tenantId } = kliq;
		const others = setInterval(
			() =>
				void fetch(`${baseUrl}/tenants/${tenantId}/webhooks`, { headers: { 'x-api-key': apiKey } }),
			250,
		);
		const output = await deleteEach(items(seed(15))).finally(() => clearInterval(others));
		expect(output).toEqual(deletedInOrder(15));
	});
});
