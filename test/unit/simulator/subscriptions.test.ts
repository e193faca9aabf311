import { describe, expect, it } from '@jest/globals';

import { call, simulator } from './helpers';

const valid = {
	url: 'https://n8n.example/webhook/1',
	events: ['cv.job.completed', 'visit.submitted'],
	secret: 'whsec_test',
};

describe('webhook subscriptions', () => {
	it('creates one, stores the secret and never returns it', async () => {
		const kliq = await simulator();

		const created = await call(kliq, 'POST', '/webhooks', { body: valid });

		const { url, events } = valid;
		expect(created.status).toBe(201);
		expect(created.json).toEqual({
			id: expect.stringMatching(/^wh_\w+$/),
			url,
			events,
			active: true,
		});
		expect(kliq.subscriptions()).toMatchObject([{ ...valid, id: created.json.id, live: true }]);
		const listed = await call(kliq, 'GET', '/webhooks');
		expect(listed.json.data).toEqual([created.json]);
		expect(listed.text).not.toContain(valid.secret);
	});

	it('takes two with the same URL', async () => {
		const kliq = await simulator();

		await call(kliq, 'POST', '/webhooks', { body: valid });
		await call(kliq, 'POST', '/webhooks', { body: valid });

		const [first, second] = kliq.subscriptions();
		expect(first.url).toBe(second.url);
		expect(first.id).not.toBe(second.id);
	});

	it.each([
		['no URL', { ...valid, url: undefined }, 'url'],
		['a URL that is none', { ...valid, url: 'n8n.example' }, 'url'],
		['a URL of another kind', { ...valid, url: 'ftp://n8n.example' }, 'url'],
		['no events', { ...valid, events: undefined }, 'events'],
		['an empty list of events', { ...valid, events: [] }, 'events'],
		['an unknown event', { ...valid, events: ['cv.job.completed', 'cv.job.done'] }, 'events'],
		['events that are no list', { ...valid, events: 'cv.job.completed' }, 'events'],
		['no secret', { ...valid, secret: undefined }, 'secret'],
		['an empty secret', { ...valid, secret: '' }, 'secret'],
		['a secret that is no text', { ...valid, secret: 1 }, 'secret'],
	])('refuses %s', async (_what, body, field) => {
		const kliq = await simulator();

		const answer = await call(kliq, 'POST', '/webhooks', { body });

		expect(answer.status).toBe(400);
		expect(answer.json.error.message).toContain(field);
		expect(kliq.subscriptions()).toEqual([]);
	});

	it('refuses with 422 when configured', async () => {
		const kliq = await simulator({ invalidBody: 422 });

		expect((await call(kliq, 'POST', '/webhooks', { body: {} })).status).toBe(422);
	});

	it('answers malformed JSON with 400 and its own error body', async () => {
		const kliq = await simulator();

		const response = await fetch(`${kliq.baseUrl}/tenants/t_demo/webhooks`, {
			method: 'POST',
			headers: { 'X-API-Key': kliq.apiKey, 'Content-Type': 'application/json' },
			body: '{"url":',
		});

		expect(response.status).toBe(400);
		expect(await response.json()).toEqual({
			error: { code: expect.any(String), message: expect.any(String) },
		});
	});

	it('deletes one, once', async () => {
		const kliq = await simulator();
		const { id } = kliq.seedSubscription(valid);
		const other = kliq.seedSubscription(valid);

		expect(await call(kliq, 'DELETE', `/webhooks/${id}`)).toMatchObject({ status: 204, text: '' });
		expect((await call(kliq, 'DELETE', `/webhooks/${id}`)).status).toBe(404);
		expect(kliq.subscriptions()).toEqual([other]);
	});

	it('answers 404 to what is not documented', async () => {
		const kliq = await simulator();
		const { id } = kliq.seedSubscription(valid);

		expect((await call(kliq, 'GET', `/webhooks/${id}`)).status).toBe(404);
		expect((await call(kliq, 'PATCH', `/webhooks/${id}`, { body: {} })).status).toBe(404);
	});

	it.each([
		['active' as const, { active: true }, { active: false }],
		['enabled' as const, { enabled: true }, { enabled: false }],
		['disabled' as const, { disabled: false }, { disabled: true }],
		['status' as const, { status: 'active' }, { status: 'disabled' }],
		['none' as const, {}, {}],
	])('shows whether one is active by %s', async (liveness, active, disabled) => {
		const kliq = await simulator({ liveness });
		const { url, events } = valid;
		const on = kliq.seedSubscription({ url, events });
		const off = kliq.seedSubscription({ url, events });
		kliq.disable(off.id);

		expect((await call(kliq, 'GET', '/webhooks')).json.data).toEqual([
			{ id: on.id, url, events, ...active },
			{ id: off.id, url, events, ...disabled },
		]);
	});

	it('shows a configured status for a disabled one', async () => {
		const kliq = await simulator({ liveness: 'status', offStatus: 'paused' });
		kliq.disable(kliq.seedSubscription(valid).id);
		kliq.seedSubscription(valid);

		const { data } = (await call(kliq, 'GET', '/webhooks')).json;
		expect(data).toMatchObject([{ status: 'paused' }, { status: 'active' }]);
	});

	it('lists the newest first when configured, over pages too', async () => {
		const kliq = await simulator({ subscriptionOrder: 'newest' });
		const [first, second, third] = [1, 2, 3].map(() => kliq.seedSubscription(valid).id);

		const { data, cursor } = (await call(kliq, 'GET', '/webhooks?limit=2')).json;
		const rest = (await call(kliq, 'GET', `/webhooks?cursor=${cursor.next}`)).json;

		expect([...data, ...rest.data].map(({ id }) => id)).toEqual([third, second, first]);
		expect(rest.cursor.hasMore).toBe(false);
	});

	it('returns the secret when configured', async () => {
		const kliq = await simulator();
		kliq.settings.echoesSecret = true;

		const created = await call(kliq, 'POST', '/webhooks', { body: valid });

		expect(created.json).toMatchObject({ secret: valid.secret });
		expect((await call(kliq, 'GET', '/webhooks')).json.data).toEqual([created.json]);
	});

	it('hands out copies of what is stored', async () => {
		const kliq = await simulator();
		kliq.seedSubscription(valid).events.push('cv.job.failed');
		kliq.subscriptions()[0].live = false;

		expect(kliq.subscriptions()).toMatchObject([{ ...valid, live: true }]);
	});
});
