import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import type { KliqCredentials } from '../../nodes/Kliq/transport/credentials';
import type { KliqResponse } from '../../nodes/Kliq/transport/result';
import { rateLimiterFor } from '../../nodes/Kliq/transport/rateLimit/rateLimiter';

let accounts = 0;

const account = (): KliqCredentials => ({
	apiKey: 'kliq_live_1',
	tenantId: `t_${++accounts}`,
	baseUrl: 'https://kliq.example.com/v1',
	fields: {},
});

const answer = (status: number, headers = {}): KliqResponse => ({ status, headers, body: {} });

/** That so many requests remain, in a window with an hour to go. */
const remaining = (count: number) =>
	answer(200, {
		'x-ratelimit-limit': '100',
		'x-ratelimit-remaining': String(count),
		'x-ratelimit-reset': String(Math.floor(Date.now() / 1_000) + 3_600),
	});

const patiently = async (milliseconds: number) => {
	await sleep(Math.min(milliseconds, 20));
	return true;
};

/** A request whose answer comes when the test gives it. */
function held() {
	let give: (answer: KliqResponse) => void = () => {};
	const request = async () => await new Promise<KliqResponse>((resolve) => (give = resolve));
	return { request, answerWith: (given: KliqResponse) => give(given) };
}

/** Nobody's patience: how long it would have had to wait, each time. */
function impatience() {
	const waits: number[] = [];
	const wait = async (milliseconds: number) => {
		waits.push(milliseconds);
		return false;
	};
	return { waits, wait };
}

describe('a throttle', () => {
	it('is the same for everything that uses an account, and another for each', () => {
		const one = account();
		expect(rateLimiterFor({ ...one })).toBe(rateLimiterFor(one));
		expect(rateLimiterFor(account())).not.toBe(rateLimiterFor(one));
	});

	it('lets who came first go first, though others come at the right moment', async () => {
		const throttle = rateLimiterFor(account());
		await throttle.send(async () => remaining(1), patiently);
		const { request, answerWith } = held();
		const first = throttle.send(request, patiently);
		const order: string[] = [];
		const goes = (name: string) => async () => {
			order.push(name);
			return answer(429);
		};
		const early = throttle.send(goes('early'), patiently);
		await sleep(5);
		answerWith(answer(429));
		await first;
		await Promise.all([throttle.send(goes('late'), patiently), early]);
		expect(order).toEqual(['early', 'late']);
	});

	it('lets the next one go when a request ended without a word about the limit', async () => {
		const throttle = rateLimiterFor(account());
		await throttle.send(async () => remaining(1), patiently);
		for (const outcome of [answer(429), { code: 'ECONNRESET' }, answer(404), answer(502)]) {
			expect(await throttle.send(async () => outcome, patiently)).toBe(outcome);
		}
		const broken = throttle.send(async () => await Promise.reject(new Error('broken')), patiently);
		await expect(broken).rejects.toThrow('broken');
		expect(await throttle.send(async () => answer(200), patiently)).toEqual(answer(200));
	});

	it('sends all the same where nobody has the patience to wait', async () => {
		const throttle = rateLimiterFor(account());
		await throttle.send(async () => remaining(0), patiently);
		const { waits, wait } = impatience();
		expect(await throttle.send(async () => answer(429), wait)).toEqual(answer(429));
		expect(waits).toEqual([expect.any(Number)]);
		expect(waits[0]).toBeGreaterThan(3_500_000);
	});

	it('counts nothing that KLIQ cannot have heard of', async () => {
		const throttle = rateLimiterFor(account());
		await throttle.send(async () => remaining(6), patiently);
		for (let each = 0; each < 5; each++) {
			await throttle.send(async () => ({ code: 'ECONNREFUSED' }), patiently);
			await throttle
				.send(async () => await Promise.reject(new Error('canceled')), patiently)
				.catch(() => {});
		}
		const { waits, wait } = impatience();
		const requests = Array.from({ length: 6 }, held);
		const sent = requests.map(async ({ request }) => await throttle.send(request, wait));
		await sleep(5);
		requests.forEach(({ answerWith }) => answerWith(remaining(0)));
		await Promise.all(sent);
		expect(waits).toEqual([]);
	});

	it('holds nobody in the line for longer than they have patience', async () => {
		const throttle = rateLimiterFor(account());
		await throttle.send(async () => remaining(0), patiently);
		const first = throttle.send(
			async () => answer(429),
			async () => await sleep(200, false),
		);
		const begun = Date.now();
		await throttle.send(
			async () => answer(429),
			async () => false,
		);
		expect(Date.now() - begun).toBeLessThan(150);
		await first;
	});

	it('keeps to a Retry-After though other answers name a new window', async () => {
		const throttle = rateLimiterFor(account());
		const { request, answerWith } = held();
		const late = throttle.send(request, patiently);
		await throttle.send(async () => answer(429, { 'retry-after': '30' }), patiently);
		answerWith(remaining(50));
		await late;
		const { waits, wait } = impatience();
		await throttle.send(async () => answer(200), wait);
		expect(waits).toHaveLength(1);
		expect(waits[0]).toBeGreaterThan(29_000);
	});
});
