import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { byId } from '../support/n8nCore/items';
import { TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';

describe(`the KLIQ node in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION);
	});

	afterAll(async () => {
		await testBed?.close();
	});

	const seed = (url: string) => testBed.kliq.seedSubscription({ url, events: ['visit.submitted'] });

	it('lists all subscriptions over pages', async () => {
		const seeded = Array.from({ length: 230 }, (_, number) =>
			seed(`https://a.example.com/${number}`),
		);
		const listed = await testBed.runAction({
			resource: 'webhook',
			operation: 'getAll',
			returnAll: true,
		});
		expect(listed.map(({ id }) => id)).toEqual(seeded.map(({ id }) => id));
		expect(JSON.stringify(listed)).not.toContain('whsec_');
	});

	it('creates one and returns its secret', async () => {
		const [created] = await testBed.runAction({
			resource: 'webhook',
			operation: 'create',
			url: 'https://b.example.com/kliq',
			events: ['visit.submitted'],
		});
		const [stored] = testBed.subscriptionsTo('https://b.example.com/kliq');
		expect(created).toMatchObject({ id: stored.id, secret: stored.secret });
	});

	it('deletes one', async () => {
		const { id, url } = seed('https://c.example.com/');
		const webhookId = byId(id);
		expect(
			await testBed.runAction({ resource: 'webhook', operation: 'delete', webhookId }),
		).toEqual([{ deleted: true }]);
		expect(testBed.subscriptionsTo(url)).toEqual([]);
	});

	it('retries when a connection breaks, without doing anything twice', async () => {
		const { id } = seed('https://d.example.com/');
		const webhookId = byId(id);
		testBed.kliq.faults.next({ method: 'DELETE', cut: 'after' });
		expect(
			await testBed.runAction({ resource: 'webhook', operation: 'delete', webhookId }),
		).toEqual([{ deleted: true }]);

		testBed.kliq.faults.next({ method: 'POST', cut: 'after' });
		const url = 'https://e.example.com/';
		const parameters = { resource: 'webhook', operation: 'create', url, events: ['cv.job.failed'] };
		await expect(testBed.runAction(parameters)).rejects.toMatchObject({
			message: expect.stringContaining('broke off'),
			description: expect.stringContaining(
				'look among the webhook subscriptions before you run it again',
			),
		});
		expect(testBed.subscriptionsTo(url)).toHaveLength(1);
	});

	it('says what to do when KLIQ does not know the ID', async () => {
		const webhookId = byId('wh_unknown');
		const parameters = { resource: 'webhook', operation: 'delete', webhookId };
		await expect(testBed.runAction(parameters)).rejects.toMatchObject({
			message: 'KLIQ has no webhook subscription with the ID “wh_unknown”',
			description: expect.stringContaining('Choose the webhook subscription from the list'),
		});
		expect(await testBed.runAction(parameters, { onError: 'continueRegularOutput' })).toEqual([
			{ error: 'KLIQ has no webhook subscription with the ID “wh_unknown”' },
		]);
	});
});
