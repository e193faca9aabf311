import { describe, expect, it } from '@jest/globals';

import { manualClock } from '../../support/simulator';
import type { RateLimit } from '../../support/simulator/settings';
import { type Answer, call, simulator } from './helpers';

const START = Date.UTC(2026, 2, 1);

function limits({ status, headers }: Answer) {
	const number = (name: string) => Number(headers.get(name) ?? NaN);
	return {
		status,
		limit: number('X-RateLimit-Limit'),
		remaining: number('X-RateLimit-Remaining'),
		reset: number('X-RateLimit-Reset'),
		retryAfter: headers.get('Retry-After'),
	};
}

async function limited(more: Partial<RateLimit> = {}) {
	const clock = manualClock({ start: START });
	const rateLimit = { requests: 2, windowSeconds: 60, ...more };
	return { clock, kliq: await simulator({ clock, rateLimit }) };
}

describe('rate limits', () => {
	it('are 10,000 requests a minute unless told', async () => {
		const kliq = await simulator({ clock: manualClock({ start: START }) });

		expect(limits(await call(kliq, 'GET', '/webhooks'))).toEqual({
			status: 200,
			limit: 10_000,
			remaining: 9_999,
			reset: START / 1000 + 60,
			retryAfter: null,
		});
	});

	it('sends no such headers where told that there is no limit', async () => {
		const kliq = await simulator({ rateLimit: undefined });

		expect(limits(await call(kliq, 'GET', '/webhooks'))).toEqual({
			status: 200,
			limit: NaN,
			remaining: NaN,
			reset: NaN,
			retryAfter: null,
		});
	});

	it('counts down, refuses with the time to wait, and starts anew', async () => {
		const { clock, kliq } = await limited();
		const call1 = limits(await call(kliq, 'GET', '/webhooks'));
		await clock.advance(20_500);
		const call2 = limits(await call(kliq, 'GET', '/webhooks'));
		const call3 = limits(await call(kliq, 'GET', '/webhooks'));

		const reset = START / 1000 + 60;
		expect(call1).toEqual({ status: 200, limit: 2, remaining: 1, reset, retryAfter: null });
		expect(call2).toEqual({ status: 200, limit: 2, remaining: 0, reset, retryAfter: null });
		expect(call3).toEqual({ status: 429, limit: 2, remaining: 0, reset, retryAfter: '40' });

		await clock.advance(39_499);
		expect(limits(await call(kliq, 'GET', '/webhooks')).status).toBe(429);
		await clock.advance(1);
		expect(limits(await call(kliq, 'GET', '/webhooks'))).toMatchObject({
			status: 200,
			remaining: 1,
		});
	});

	it('counts anew where another window length is set', async () => {
		const { kliq } = await limited();
		await call(kliq, 'GET', '/webhooks');
		await call(kliq, 'GET', '/webhooks');

		kliq.settings.rateLimit = { requests: 2, windowSeconds: 1 };

		expect(limits(await call(kliq, 'GET', '/webhooks'))).toMatchObject({
			status: 200,
			remaining: 1,
			reset: START / 1000 + 1,
		});
	});

	it('does nothing for a request it refuses', async () => {
		const { kliq } = await limited();
		const { id } = kliq.seedSubscription({ url: 'http://a.example', events: ['cv.job.failed'] });
		await call(kliq, 'GET', '/webhooks');
		await call(kliq, 'GET', '/webhooks');

		const refused = await call(kliq, 'DELETE', `/webhooks/${id}`);

		expect(refused.status).toBe(429);
		expect(refused.json.error.message).toBe('Too many requests');
		expect(kliq.subscriptions()).toHaveLength(1);
	});

	it('says the limits on refusals of other kinds too', async () => {
		const { kliq } = await limited();

		expect(limits(await call(kliq, 'GET', '/nothing'))).toMatchObject({
			status: 404,
			limit: 2,
			remaining: 1,
		});
		expect(limits(await call(kliq, 'GET', '/webhooks', { key: null }))).toMatchObject({
			status: 401,
			limit: 2,
		});
	});

	it('begins windows with the first request after the last one, where told', async () => {
		const { clock, kliq } = await limited({ windows: 'firstRequest' });
		await clock.advance(50_500);
		const call1 = limits(await call(kliq, 'GET', '/webhooks'));
		await clock.advance(59_999);
		const call2 = limits(await call(kliq, 'GET', '/webhooks'));
		await clock.advance(1);
		const call3 = limits(await call(kliq, 'GET', '/webhooks'));

		const reset = START / 1000 + 111;
		expect([call1, call2]).toMatchObject([
			{ remaining: 1, reset },
			{ remaining: 0, reset },
		]);
		expect(call3).toMatchObject({ remaining: 1, reset: reset + 60 });
	});

	it('counts the last seconds at every moment, where told', async () => {
		const { clock, kliq } = await limited({ windows: 'sliding' });
		const call1 = limits(await call(kliq, 'GET', '/webhooks'));
		await clock.advance(20_000);
		const call2 = limits(await call(kliq, 'GET', '/webhooks'));
		const call3 = limits(await call(kliq, 'GET', '/webhooks'));
		await clock.advance(40_000);
		const call4 = limits(await call(kliq, 'GET', '/webhooks'));

		const begin = START / 1000;
		expect(call1).toMatchObject({ status: 200, remaining: 1, reset: begin + 60 });
		expect(call2).toMatchObject({ status: 200, remaining: 0, reset: begin + 80 });
		expect(call3).toMatchObject({ status: 429, remaining: 0, reset: begin + 80, retryAfter: '40' });
		expect(call4).toMatchObject({ status: 200, remaining: 0, reset: begin + 120 });
	});

	it.each([
		['retryAfter', '60'],
		['none', null],
	] as const)('tells of the limit only what it is told to: %s', async (headers, retryAfter) => {
		const { kliq } = await limited({ headers });
		const answers = [];
		for (let each = 0; each < 3; each++) answers.push(await call(kliq, 'GET', '/webhooks'));

		const nothing = { limit: NaN, remaining: NaN, reset: NaN };
		expect(answers.map(limits)).toEqual([
			{ ...nothing, status: 200, retryAfter: null },
			{ ...nothing, status: 200, retryAfter: null },
			{ ...nothing, status: 429, retryAfter },
		]);
	});

	it('lets answers overtake each other, where told', async () => {
		const { clock, kliq } = await limited({ answerDelaysMs: [100, 0] });
		const order: number[] = [];
		const ask = async () => {
			order.push(limits(await call(kliq, 'GET', '/webhooks')).remaining);
		};
		const first = ask();
		while (kliq.requests.length === 0) await new Promise(setImmediate);
		await ask();
		await clock.advance(100);
		await first;

		expect(order).toEqual([0, 1]);
	});

	it('counts each key by itself', async () => {
		const { kliq } = await limited();
		await call(kliq, 'GET', '/webhooks');
		await call(kliq, 'GET', '/webhooks');

		expect((await call(kliq, 'GET', '/webhooks', { key: kliq.addKey() })).status).toBe(200);
	});
});
