import { describe, expect, it } from '@jest/globals';

import { KLIQ_EVENT_TYPES } from '../../support/simulator';
import { call, receiver, simulator } from './helpers';

const valid = {
	locationId: 'loc_1',
	imageUrl: 'https://images.example.com/1.jpg',
	latitude: 52.3702,
	longitude: 4.8952,
	metadata: { aisle: 7 },
};

describe('observations', () => {
	it('creates a pending one and lists it', async () => {
		const kliq = await simulator();

		const made = await call(kliq, 'POST', '/observations', { body: valid });

		const { id } = made.json;
		expect(made.status).toBe(201);
		expect(made.json).toEqual({ id, ...valid, status: 'pending' });
		expect(id).toMatch(/^obs_\w+$/);
		expect((await call(kliq, 'GET', `/observations/${id}`)).json).toEqual(made.json);
		expect((await call(kliq, 'GET', '/observations')).json.data).toEqual([made.json]);
		expect(kliq.observations()).toMatchObject([{ id, ...valid }]);
	});

	it('emits observation.created to the subscriptions of its tenant to it', async () => {
		const kliq = await simulator({ tenants: ['t_other'] });
		const [ours, others] = [await receiver(), await receiver()];
		kliq.seedSubscription({ url: ours.url, events: ['observation.created'] });
		kliq.seedSubscription({ url: others.url, events: ['visit.submitted'] });
		kliq.seedSubscription({
			url: others.url,
			events: [...KLIQ_EVENT_TYPES],
			tenantId: 't_other',
		});

		const { json } = await call(kliq, 'POST', '/observations', { body: valid });

		while (ours.received.length === 0) await new Promise(setImmediate);
		expect(JSON.parse(String(ours.received[0].body))).toMatchObject({
			type: 'observation.created',
			tenantId: kliq.tenantId,
			data: { observationId: json.id, ...valid, status: 'pending' },
		});
		expect(others.received).toEqual([]);
	});

	it.each([
		['no location', { locationId: '' }, 'locationId'],
		['no image', { imageUrl: undefined }, 'imageUrl'],
		['an image that is no URL', { imageUrl: 'shelf.jpg' }, 'imageUrl'],
		['a latitude out of range', { latitude: 90.5 }, 'latitude'],
		['a longitude that is no number', { longitude: '4' }, 'longitude'],
		['metadata that is no object', { metadata: ['aisle'] }, 'metadata'],
	])('refuses %s', async (_what, wrong, field) => {
		const kliq = await simulator();

		const answer = await call(kliq, 'POST', '/observations', { body: { ...valid, ...wrong } });

		expect(answer.status).toBe(400);
		expect(answer.json.error.message).toContain(field);
		expect(kliq.observations()).toEqual([]);
	});

	it('lists the newest first, page by page, also from where one was deleted', async () => {
		const kliq = await simulator();
		const ids = [1, 2, 3, 4].map(() => kliq.seedObservation().id);

		const first = (await call(kliq, 'GET', '/observations?limit=2')).json;
		await call(kliq, 'DELETE', `/observations/${ids[2]}`);
		await call(kliq, 'DELETE', `/observations/${ids[1]}`);
		const rest = (await call(kliq, 'GET', `/observations?cursor=${first.cursor.next}`)).json;

		expect(first.data.map(({ id }) => id)).toEqual([ids[3], ids[2]]);
		expect(rest.data.map(({ id }) => id)).toEqual([ids[0]]);
		expect(rest.cursor).toEqual({ next: null, hasMore: false });
	});

	it('filters by location and status', async () => {
		const kliq = await simulator();
		kliq.seedObservation({ locationId: 'loc_1' });
		kliq.seedObservation({ status: 'completed' });
		const { id } = kliq.seedObservation({ locationId: 'loc_1', status: 'completed' });

		const path = '/observations?locationId=loc_1&status=completed';

		expect((await call(kliq, 'GET', path)).json.data.map((each) => each.id)).toEqual([id]);
	});

	it('deletes one, once, and knows none of other tenants', async () => {
		const kliq = await simulator({ tenants: ['t_other'] });
		const { id } = kliq.seedObservation();
		const foreign = kliq.seedObservation({ tenantId: 't_other' });

		expect((await call(kliq, 'DELETE', `/observations/${foreign.id}`)).status).toBe(404);
		expect((await call(kliq, 'GET', `/observations/${foreign.id}`)).status).toBe(404);
		expect((await call(kliq, 'DELETE', `/observations/${id}`)).status).toBe(204);
		expect((await call(kliq, 'DELETE', `/observations/${id}`)).status).toBe(404);
		expect(kliq.observations('t_other')).toEqual([foreign]);
	});

	it.each([
		['observations:read', [403, 200, 200, 403]],
		['observations:write', [201, 403, 403, 204]],
	] as const)('lets the scope %s do its part', async (scope, statuses) => {
		const kliq = await simulator();
		const { id } = kliq.seedObservation();
		const key = kliq.addKey({ scopes: [scope] });

		const answers = [
			await call(kliq, 'POST', '/observations', { key, body: valid }),
			await call(kliq, 'GET', '/observations', { key }),
			await call(kliq, 'GET', `/observations/${id}`, { key }),
			await call(kliq, 'DELETE', `/observations/${id}`, { key }),
		];

		expect(answers.map(({ status }) => status)).toEqual(statuses);
	});

	it('adds undocumented fields when configured', async () => {
		const kliq = await simulator({ extraFields: { createdAt: 'today' } });
		const { id } = kliq.seedObservation();

		expect((await call(kliq, 'GET', `/observations/${id}`)).json).toHaveProperty('createdAt');
	});
});
