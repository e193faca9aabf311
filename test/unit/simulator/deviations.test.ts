import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';

import { type Deviations, manualClock } from '../../support/simulator';
import { call, receiver, simulator } from './helpers';

const valid = {
	url: 'https://n8n.example/webhook/1',
	events: ['cv.job.completed', 'visit.submitted'],
	secret: 'whsec_test',
};

const deviating = async (deviations: Partial<Deviations>) => await simulator({ deviations });

const create = async (kliq: Awaited<ReturnType<typeof simulator>>, more = {}) =>
	await call(kliq, 'POST', '/webhooks', { body: { ...valid, ...more } });

const list = async (kliq: Awaited<ReturnType<typeof simulator>>) =>
	(await call(kliq, 'GET', '/webhooks')).json.data;

describe('statuses of refusals', () => {
	it('can be others for a wrong key, a missing scope and a foreign tenant', async () => {
		const kliq = await simulator({
			foreignTenant: 400,
			deviations: { wrongKeyStatus: 403, missingScopeStatus: 404 },
		});
		const key = kliq.addKey({ scopes: ['cv:read'] });

		expect((await call(kliq, 'GET', '/webhooks', { key: 'wrong' })).status).toBe(403);
		expect((await call(kliq, 'GET', '/webhooks', { key })).status).toBe(404);
		expect((await call(kliq, 'GET', '/webhooks', { tenantId: 't_x' })).status).toBe(400);
	});

	it('can be others for unknown IDs and locations', async () => {
		const kliq = await deviating({
			unknownIdStatus: 400,
			locations: ['loc_1'],
			unknownLocationStatus: 422,
		});
		const statusAt = async (locationId: string) => {
			const body = { locationId, imageUrl: 'https://images.example.com/1.jpg' };
			return (await call(kliq, 'POST', '/observations', { body })).status;
		};

		expect((await call(kliq, 'GET', '/observations/obs_none')).status).toBe(400);
		expect((await call(kliq, 'GET', '/cv/jobs/job_none')).status).toBe(400);
		expect([await statusAt('loc_1'), await statusAt('loc_2')]).toEqual([201, 422]);
	});

	it('can come although the work was done', async () => {
		const kliq = await simulator();
		kliq.faults.next({ method: 'POST', statusAfter: 429 });

		expect(await create(kliq)).toMatchObject({
			status: 429,
			json: { error: { message: 'Planned fault' } },
		});
		expect(kliq.subscriptions()).toHaveLength(1);
	});

	it('can have their message in an unusual place', async () => {
		const kliq = await simulator({ errorShape: 'fault' });

		expect((await call(kliq, 'DELETE', '/webhooks/wh_none')).json).toEqual({
			fault: { text: 'Webhook not found' },
		});
	});
});

describe('answers', () => {
	it('can be wrapped, or lack the ID, where something was created', async () => {
		const kliq = await deviating({ createdShape: 'wrapped' });

		expect((await create(kliq)).json).toEqual({
			data: expect.objectContaining({ id: expect.stringMatching(/^wh_/) }),
		});
		kliq.settings.deviations.createdShape = 'withoutId';
		expect((await create(kliq)).json).not.toHaveProperty('id');
		const body = { locationId: 'loc_1', imageUrl: 'https://images.example.com/1.jpg' };
		const observation = (await call(kliq, 'POST', '/observations', { body })).json;
		expect(observation).not.toHaveProperty('id');
		const observationId = kliq.observations()[0].id;
		const job = await call(kliq, 'POST', '/cv/jobs', { body: { observationId, model: 'm' } });
		expect([job.status, job.json.id]).toEqual([201, undefined]);
	});

	it('can have numbers for IDs of subscriptions, in paths too', async () => {
		const kliq = await deviating({ numericIds: true });
		const { id } = (await create(kliq)).json;

		expect(await list(kliq)).toMatchObject([{ id }]);
		expect(typeof id).toBe('number');
		expect((await call(kliq, 'DELETE', `/webhooks/${Number(id) + 1}`)).status).toBe(404);
		expect((await call(kliq, 'DELETE', `/webhooks/${id}`)).status).toBe(204);
		expect(kliq.subscriptions()).toEqual([]);
	});

	it('can be without Date', async () => {
		const kliq = await simulator();
		expect((await call(kliq, 'GET', '/webhooks')).headers.get('date')).not.toBeNull();
		kliq.settings.deviations.sendsDate = false;
		expect((await call(kliq, 'GET', '/webhooks')).headers.get('date')).toBeNull();
	});
});

describe('rate-limit headers', () => {
	const remaining = async (kliq: Awaited<ReturnType<typeof simulator>>, path: string) =>
		(await call(kliq, 'GET', path)).headers.get('X-RateLimit-Remaining');

	it('can be missing on some paths', async () => {
		const kliq = await deviating({ pathsWithoutRateLimitHeaders: /\/cv\/jobs$/ });
		const { headers } = await call(kliq, 'GET', '/cv/jobs');

		const names = ['Limit', 'Remaining', 'Reset'].map((name) => `X-RateLimit-${name}`);
		expect(names.map((name) => headers.get(name))).toEqual([null, null, null]);
		expect(await remaining(kliq, '/webhooks')).not.toBeNull();
	});

	it('can count each path by itself', async () => {
		const kliq = await deviating({ rateLimitRemaining: 'ofPath' });
		const seen = [];
		for (const path of ['/webhooks', '/cv/jobs', '/cv/jobs', '/webhooks']) {
			seen.push(await remaining(kliq, path));
		}

		expect(seen).toEqual(['9999', '9999', '9998', '9998']);
	});
});

describe('lists', () => {
	it('can change their order from time to time', async () => {
		const kliq = await deviating({ listOrderChanges: true });
		await create(kliq);
		await create(kliq);

		const [first, second, third] = [await list(kliq), await list(kliq), await list(kliq)];

		expect(second).toEqual([...first].reverse());
		expect(third).toEqual(first);
	});

	it('can lag behind, for what is added and for what is removed', async () => {
		const clock = manualClock();
		const kliq = await simulator({ clock, deviations: { listLagMs: 1_000 } });
		const { id } = (await create(kliq)).json;

		expect(await list(kliq)).toEqual([]);
		await clock.advance(999);
		expect(await list(kliq)).toEqual([]);
		await clock.advance(1);
		expect(await list(kliq)).toMatchObject([{ id }]);
		await call(kliq, 'DELETE', `/webhooks/${id}`);
		await clock.advance(999);
		expect(await list(kliq)).toMatchObject([{ id }]);
		await clock.advance(1);
		expect(await list(kliq)).toEqual([]);
	});

	it('show after the lag, for as long, what was there for less than the lag', async () => {
		const clock = manualClock();
		const kliq = await simulator({ clock, deviations: { listLagMs: 1_000 } });
		const { id } = (await create(kliq)).json;
		await clock.advance(500);
		await call(kliq, 'DELETE', `/webhooks/${id}`);

		const counts = [];
		for (const step of [499, 1, 499, 1]) {
			await clock.advance(step);
			counts.push((await list(kliq)).length);
		}

		expect(counts).toEqual([0, 1, 1, 0]);
	});

	it('can leave out for good what is added meanwhile', async () => {
		const kliq = await deviating({ listsNew: false });
		const { id } = (await create(kliq)).json;
		kliq.settings.deviations.listsNew = true;
		const later = (await create(kliq)).json;

		expect(await list(kliq)).toMatchObject([{ id: later.id }]);
		expect(kliq.subscriptions()).toHaveLength(2);
		expect((await call(kliq, 'DELETE', `/webhooks/${id}`)).status).toBe(204);
	});

	it.each([
		['rewritten' as const, `${valid.url}/`],
		['hidden' as const, undefined],
	])('can show a URL that is %s', async (shownUrl, url) => {
		const kliq = await deviating({ shownUrl });
		await create(kliq);

		const [subscription] = await list(kliq);
		expect((subscription as { url?: string }).url).toBe(url);
		expect(kliq.subscriptions()[0].url).toBe(valid.url);
	});

	it.each([
		['as sent' as const, {}, `${valid.url}?kid=0123`],
		['without its query' as const, { shownQuery: 'dropped' as const }, valid.url],
		[
			'rewritten in its path, with its query' as const,
			{ shownUrl: 'rewritten' as const },
			`${valid.url}/?kid=0123`,
		],
	])('can show a URL %s', async (_how, deviations, url) => {
		const kliq = await deviating(deviations);
		const created = await create(kliq, { url: `${valid.url}?kid=0123` });

		expect(created.json).toMatchObject({ url });
		expect(await list(kliq)).toMatchObject([{ url }]);
		expect(kliq.subscriptions()[0].url).toBe(`${valid.url}?kid=0123`);
	});

	it('can show events as objects', async () => {
		const kliq = await deviating({ shownEvents: 'objects' });
		await create(kliq);

		expect(await list(kliq)).toMatchObject([{ events: valid.events.map((type) => ({ type })) }]);
	});

	it('can say in other words whether a subscription is active', async () => {
		const kliq = await simulator({ liveness: 'status', activeStatus: 'ok', offStatus: 'degraded' });
		await create(kliq);
		kliq.disable(kliq.seedSubscription(valid).id);

		expect(await list(kliq)).toMatchObject([{ status: 'ok' }, { status: 'degraded' }]);
		kliq.settings.liveness = 'state';
		expect(await list(kliq)).toMatchObject([{ state: 'on' }, { state: 'off' }]);
	});
});

describe('a second subscription with a URL', () => {
	it('can be refused', async () => {
		const kliq = await deviating({ sameUrl: 'refused' });

		expect([(await create(kliq)).status, (await create(kliq)).status]).toEqual([201, 409]);
		expect((await create(kliq, { url: `${valid.url}/2` })).status).toBe(201);
		expect(kliq.subscriptions()).toHaveLength(2);
	});

	it('can update the first', async () => {
		const kliq = await deviating({ sameUrl: 'updated' });
		const first = await create(kliq);
		const second = await create(kliq, { secret: 'whsec_2' });

		expect(second.json.id).toBe(first.json.id);
		expect(kliq.subscriptions()).toMatchObject([{ secret: 'whsec_2' }]);
	});

	it('can take the place of the first', async () => {
		const kliq = await deviating({ sameUrl: 'replaced' });
		await create(kliq);
		const { id } = (await create(kliq)).json;

		expect(kliq.subscriptions()).toMatchObject([{ id }]);
	});
});

describe('a URL', () => {
	it('can be verified by a POST before it is subscribed', async () => {
		const target = await receiver(401);
		const kliq = await deviating({ verifiesUrl: true });

		expect((await create(kliq, { url: target.url })).status).toBe(422);
		expect((await create(kliq, { url: 'http://127.0.0.1:1/' })).status).toBe(422);
		target.status = 200;
		expect((await create(kliq, { url: target.url })).status).toBe(201);
		expect(target.received.map(({ body }) => String(body))).toEqual([
			'{"challenge":"verify"}',
			'{"challenge":"verify"}',
		]);
		expect(kliq.subscriptions()).toHaveLength(1);
	});
});

describe('DELETE', () => {
	it('can answer otherwise, the first time and later', async () => {
		const kliq = await deviating({
			deleteAnswer: { status: 200, body: '<p>Deleted</p>' },
			deletedTwiceStatus: 410,
		});
		const { id } = kliq.seedSubscription(valid);

		const first = await call(kliq, 'DELETE', `/webhooks/${id}`);
		expect([first.status, first.text]).toEqual([200, '<p>Deleted</p>']);
		expect(first.headers.get('content-type')).toContain('text/html');
		expect((await call(kliq, 'DELETE', `/webhooks/${id}`)).status).toBe(410);
		kliq.settings.deviations.deletedTwiceStatus = 204;
		expect((await call(kliq, 'DELETE', `/webhooks/${id}`)).status).toBe(204);
	});
});

describe('deliveries', () => {
	async function delivered(deviations: Partial<Deviations>) {
		const target = await receiver();
		const kliq = await deviating(deviations);
		kliq.seedSubscription({ ...valid, url: target.url });
		await kliq.emit('visit.submitted').deliveries[0].ended;
		const [{ headers, body }] = target.received;
		return { signature: headers['x-kliq-signature'], type: headers['content-type'], body };
	}

	const hmac = (body: Buffer, secret: string = valid.secret) =>
		createHmac('sha256', secret).update(body);

	it('can write the signature otherwise', async () => {
		const upperCase = await delivered({ signatureEncoding: 'upperCaseHex' });
		expect(upperCase.signature).toBe(hmac(upperCase.body).digest('hex').toUpperCase());
		const prefixed = await delivered({ signatureEncoding: 'prefixed' });
		expect(prefixed.signature).toBe(`sha256=${hmac(prefixed.body).digest('hex')}`);
		const base64 = await delivered({ signatureEncoding: 'base64' });
		expect(base64.signature).toBe(hmac(base64.body).digest('base64'));
	});

	it('can sign with the secret without its prefix', async () => {
		const { body, signature } = await delivered({ signatureKey: 'withoutPrefix' });
		expect(signature).toBe(hmac(body, 'test').digest('hex'));
	});

	it('can have another content type, and come in a list', async () => {
		const { body, type } = await delivered({ eventContentType: 'text/plain', eventShape: 'batch' });
		expect(type).toBe('text/plain');
		expect(JSON.parse(String(body))).toEqual([
			expect.objectContaining({ type: 'visit.submitted' }),
		]);
	});

	it.each(['kept', 'dropped'] as const)(
		'can have the query of the URL %s',
		async (deliveredQuery) => {
			const target = await receiver();
			const kliq = await deviating({ deliveredQuery });
			const { id } = kliq.seedSubscription({ ...valid, url: `${target.url}?kid=0123` });
			await kliq.emit('visit.submitted').deliveries[0].firstAttempt;
			await kliq.deliverRaw({ subscriptionId: id, body: '{}' });

			const path = deliveredQuery === 'kept' ? '/hook?kid=0123' : '/hook';
			expect(target.received.map((request) => request.path)).toEqual([path, path]);
		},
	);

	it('can be repeated under a new ID', async () => {
		const clock = manualClock();
		const target = await receiver(500);
		const kliq = await simulator({ clock, deviations: { repeatedId: 'new' } });
		kliq.seedSubscription({ ...valid, url: target.url });
		kliq.emit('visit.submitted');

		await clock.advance(60_000);

		const [first, second] = target.received.map(({ body }) => JSON.parse(String(body)));
		expect(second).toEqual({ ...first, id: expect.stringMatching(/^evt_/) });
		expect(second.id).not.toBe(first.id);
	});
});
