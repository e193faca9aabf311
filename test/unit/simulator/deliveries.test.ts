import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';

import { KLIQ_EVENT_TYPES, manualClock, scaledClock } from '../../support/simulator';
import { receiver, simulator } from './helpers';

const NOW = Date.UTC(2026, 4, 4, 12);
const events = ['cv.job.completed'];

describe('deliveries', () => {
	it('post the event, signed over its bytes', async () => {
		const target = await receiver();
		const kliq = await simulator({ clock: manualClock({ start: NOW }) });
		kliq.seedSubscription({ url: target.url, events, secret: 'whsec_ünï' });

		const { event, deliveries } = kliq.emit('cv.job.completed', { note: 'é 🛒 \u2028' });
		const attempt = await deliveries[0].firstAttempt;

		expect(event).toEqual({
			id: expect.stringMatching(/^evt_\w+$/),
			type: 'cv.job.completed',
			tenantId: 't_demo',
			timestamp: '2026-05-04T12:00:00.000Z',
			data: { note: 'é 🛒 \u2028' },
		});
		expect(attempt).toEqual({ at: NOW, status: 200, body: 'answer 200' });
		expect(await deliveries[0].ended).toBe('delivered');
		const [{ headers, body }] = target.received;
		expect(JSON.parse(body.toString())).toEqual(event);
		expect(headers['content-type']).toBe('application/json');
		expect(headers['x-kliq-signature']).toBe(
			createHmac('sha256', Buffer.from('whsec_ünï', 'utf8')).update(body).digest('hex'),
		);
	});

	it('are signed with the HMAC that others compute', async () => {
		// RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
		const target = await receiver();
		const kliq = await simulator();

		await kliq.deliverRaw({ ...target, secret: 'Jefe', body: 'what do ya want for nothing?' });

		expect(target.received[0].headers['x-kliq-signature']).toBe(
			'5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
		);
	});

	it('go to every active subscription of the tenant to the type, and to no other', async () => {
		const target = await receiver();
		const kliq = await simulator({ tenants: ['t_other'] });
		const { url } = target;
		const one = kliq.seedSubscription({ url, events });
		const two = kliq.seedSubscription({ url, events: ['visit.submitted', ...events] });
		kliq.seedSubscription({ url, events: ['cv.job.failed'] });
		kliq.seedSubscription({ url, events, live: false });
		kliq.seedSubscription({ url, events, tenantId: 't_other' });

		const { deliveries } = kliq.emit('cv.job.completed');
		await Promise.all(deliveries.map(async ({ ended }) => await ended));

		expect(deliveries.map(({ subscriptionId }) => subscriptionId)).toEqual([one.id, two.id]);
		expect(target.received).toHaveLength(2);
	});

	it('take the event fields a test gives', async () => {
		const target = await receiver();
		const kliq = await simulator({ tenants: ['t_other'] });
		kliq.seedSubscription({ url: target.url, events, tenantId: 't_other' });

		const given = { id: 'evt_1', tenantId: 't_other', timestamp: '2026-01-01T00:00:00.000Z' };
		const { deliveries } = kliq.emit('cv.job.completed', { a: 1 }, given);
		await deliveries[0].ended;

		expect(JSON.parse(target.received[0].body.toString())).toEqual({
			...given,
			type: 'cv.job.completed',
			data: { a: 1 },
		});
	});

	it.each(KLIQ_EVENT_TYPES)('have sample data for %s', async (type) => {
		const kliq = await simulator();

		const { data } = kliq.emit(type).event;

		expect(Object.keys(data as object)).not.toHaveLength(0);
		expect(data).not.toEqual(kliq.emit(type).event.data);
	});

	it('have the documented data for cv.job.completed', async () => {
		const kliq = await simulator();

		expect(kliq.emit('cv.job.completed').event.data).toEqual({
			jobId: expect.stringMatching(/^job_/),
			observationId: expect.stringMatching(/^obs_/),
			model: expect.any(String),
			status: 'completed',
			result: { detections: expect.any(Array), summary: expect.anything() },
		});
	});

	it('call the hook after each attempt', async () => {
		const target = await receiver();
		const seen: unknown[] = [];
		const kliq = await simulator({
			onDelivery: ({ status }, { event, subscriptionId }) =>
				seen.push([status, event.id, subscriptionId]),
		});
		const { id } = kliq.seedSubscription({ url: target.url, events });

		const { event, deliveries } = kliq.emit('cv.job.completed');
		await deliveries[0].ended;

		expect(seen).toEqual([[200, event.id, id]]);
	});
});

describe('raw deliveries', () => {
	it('send any bytes to a subscription, signed with its secret, and say what came back', async () => {
		const target = await receiver(418);
		const kliq = await simulator();
		const { id } = kliq.seedSubscription({ url: target.url, events, secret: 's' });
		const body = Buffer.from([0, 255, 10]);

		expect(await kliq.deliverRaw({ subscriptionId: id, body })).toEqual({
			status: 418,
			body: 'answer 418',
		});
		expect(target.received[0].body).toEqual(body);
		expect(target.received[0].headers['x-kliq-signature']).toBe(
			createHmac('sha256', 's').update(body).digest('hex'),
		);
		await expect(kliq.deliverRaw({ subscriptionId: 'wh_none', body })).rejects.toThrow('wh_none');
	});

	it('send the signature a test gives: another, several, none', async () => {
		const target = await receiver();
		const kliq = await simulator();
		const raw = { url: target.url, secret: 's', body: '{}' };

		await kliq.deliverRaw({ ...raw, signature: 'ABC' });
		await kliq.deliverRaw({ ...raw, signature: ['one', 'two'] });
		await kliq.deliverRaw({ ...raw, signature: [] });
		await kliq.deliverRaw({ ...raw, signature: '' });

		const signatures = target.received.map(({ rawHeaders }) => values(rawHeaders, SIGNATURE));
		expect(signatures).toEqual([['ABC'], ['one', 'two'], [], ['']]);
	});

	it('send the headers a test gives, in their spelling, in place of the regular ones', async () => {
		const target = await receiver();
		const kliq = await simulator();

		await kliq.deliverRaw({
			url: target.url,
			secret: 's',
			body: 'x',
			headers: [
				['content-type', 'text/plain'],
				['x-kliq-signature', 'lower'],
				['X-KLIQ-SIGNATURE', 'UPPER'],
				['Transfer-Encoding', 'chunked'],
			],
		});

		const [{ rawHeaders, headers }] = target.received;
		expect(headers['content-type']).toBe('text/plain');
		expect(values(rawHeaders, SIGNATURE)).toEqual(['lower', 'UPPER']);
		expect(rawHeaders).toEqual(expect.arrayContaining(['x-kliq-signature', 'X-KLIQ-SIGNATURE']));
	});

	it('report a refused connection and an invalid header', async () => {
		const kliq = await simulator();
		const raw = { secret: 's', body: 'x' };

		expect(await kliq.deliverRaw({ ...raw, url: 'http://127.0.0.1:1/' })).toEqual({
			error: expect.stringContaining('ECONNREFUSED'),
		});
		const target = await receiver();
		expect(await kliq.deliverRaw({ ...raw, url: target.url, headers: { A: 'a\nb' } })).toEqual({
			error: expect.stringContaining('Invalid character'),
		});
	});
});

describe('the scaled clock', () => {
	it('makes the time limit of a delivery pass faster', async () => {
		const target = await receiver(null);
		const kliq = await simulator({ clock: scaledClock(300) });
		kliq.seedSubscription({ url: target.url, events });

		const { error } = await kliq.emit('cv.job.completed').deliveries[0].firstAttempt;

		expect(error).toBe('timeout');
	});

	it('makes retries come sooner', async () => {
		const target = await receiver(500);
		const kliq = await simulator({ clock: scaledClock(600), deliveryTimeoutMs: 600 * 30_000 });
		kliq.seedSubscription({ url: target.url, events });

		const [delivery] = kliq.emit('cv.job.completed').deliveries;
		await delivery.firstAttempt;
		target.status = 204;

		expect(await delivery.ended).toBe('delivered');
		const [first, second] = delivery.attempts;
		// 600 times faster, a real millisecond of delay is 0.6 s: allow for two seconds of it.
		expect(second.at - first.at).toBeGreaterThan(59_000);
		expect(second.at - first.at).toBeLessThan(60_000 + 600 * 2_000);
	});
});

const SIGNATURE = 'x-kliq-signature';

function values(rawHeaders: string[], name: string): string[] {
	return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === name);
}
