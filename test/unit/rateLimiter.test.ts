import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sleep } from 'n8n-workflow';

import {
	rateLimiterFor,
	type QueueTicket,
	type RateLimiter,
} from '../../nodes/Kliq/transport/rateLimit/rateLimiter';
import type { KliqResponse, RequestResult } from '../../nodes/Kliq/transport/result';

jest.mock('n8n-workflow', () => {
	const actual = jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow');
	return { ...actual, sleep: jest.fn(actual.sleep) };
});

const naps = jest.mocked(sleep);

/** The longest nap, and so the longest that a cancellation goes unnoticed. */
const MAX_NAP_MS = 500;

/** After so long an unused limiter may be dropped. */
const IDLE_MS = 600_000;

beforeEach(() => {
	jest.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12), doNotFake: ['nextTick', 'queueMicrotask'] });
	naps.mockClear();
});

afterEach(() => {
	jest.useRealTimers();
});

const pass = async (milliseconds: number) => await jest.advanceTimersByTimeAsync(milliseconds);

let tenants = 0;

const account = () => ({
	apiKey: 'kliq_live_1',
	tenantId: `t_${++tenants}`,
	baseUrl: 'https://kliq.example.com/v1',
});

const limiterOfNewAccount = () => rateLimiterFor(account());

const answer = (status: number, headers = {}): KliqResponse => ({ status, headers, body: {} });

/** An answer of the window that ends so many seconds from now, by KLIQ's clock and ours. */
const remaining = (count: number, endsInS = 3_600, limit = 100) =>
	answer(200, {
		'x-ratelimit-limit': String(limit),
		'x-ratelimit-remaining': String(count),
		'x-ratelimit-reset': String(Date.now() / 1_000 + endsInS),
	});

const refusal = (retryAfter: number) => answer(429, { 'retry-after': String(retryAfter) });

/** A request whose answer comes when the test gives it. */
function held() {
	let give: (result: RequestResult) => void = () => {};
	const send = jest.fn(async () => await new Promise<RequestResult>((resolve) => (give = resolve)));
	return { send, answerWith: (result: RequestResult) => give(result) };
}

const forever = { deadline: Infinity, isCancelled: () => false };

/** Sends a request that may wait as long as it takes. */
const send = async (limiter: RateLimiter, result: RequestResult) =>
	await limiter.run(limiter.newTicket(), async () => result, forever);

const until = (milliseconds: number) => ({
	deadline: performance.now() + milliseconds,
	isCancelled: () => false,
});

/** When requests are sent, in milliseconds from the beginning of the test. */
function record(limiter: RateLimiter) {
	const begin = performance.now();
	const sentAt: Record<string, number> = {};
	const queue = (
		name: string,
		wait = forever,
		ticket = limiter.newTicket(),
		result: RequestResult = answer(404),
	): QueueTicket => {
		const request = async () => {
			sentAt[name] = performance.now() - begin;
			return result;
		};
		void limiter.run(ticket, request, wait);
		return ticket;
	};
	return { sentAt, queue };
}

describe('accounts', () => {
	it('have one limiter each, by address, tenant and key', () => {
		const one = account();
		const others = [
			account(),
			{ ...one, apiKey: 'kliq_live_2' },
			{ ...one, baseUrl: 'https://other.example.com/v1' },
			{ ...one, baseUrl: `${one.baseUrl} ${one.tenantId}`, tenantId: '' },
		];
		expect(rateLimiterFor({ ...one })).toBe(rateLimiterFor(one));
		expect(new Set([one, ...others].map(rateLimiterFor)).size).toBe(5);
	});

	it('do not wait for another key, though it is of the same tenant', async () => {
		const one = account();
		await send(rateLimiterFor({ ...one, apiKey: 'kliq_live_wrong' }), refusal(30));
		const { sentAt, queue } = record(rateLimiterFor(one));
		queue('mine');
		await pass(0);
		expect(sentAt).toEqual({ mine: 0 });
	});

	it('that are not used for ten minutes are dropped when another is first used', async () => {
		const one = account();
		const limiter = rateLimiterFor(one);
		await pass(1_000);
		await send(limiter, answer(200));
		await pass(IDLE_MS);
		limiterOfNewAccount();
		expect(rateLimiterFor(one)).toBe(limiter);
		await pass(1);
		expect(rateLimiterFor(one)).toBe(limiter);
		limiterOfNewAccount();
		expect(rateLimiterFor(one)).not.toBe(limiter);
	});

	it.each<[string, (limiter: RateLimiter) => void]>([
		['in flight', (limiter) => void limiter.run(limiter.newTicket(), held().send, forever)],
		[
			'queued',
			(limiter) => {
				void send(limiter, remaining(0)).then(() => void send(limiter, answer(200)));
			},
		],
	])('are kept while a request is %s', async (_state, happen) => {
		const one = account();
		const limiter = rateLimiterFor(one);
		happen(limiter);
		await pass(IDLE_MS + 1);
		limiterOfNewAccount();
		expect(rateLimiterFor(one)).toBe(limiter);
	});
});

describe('the queue', () => {
	it('admits in the order of tickets, though others come at the right moment', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(1));
		const { send: first, answerWith } = held();
		void limiter.run(limiter.newTicket(), first, forever);
		const order: string[] = [];
		const queue = (name: string, ticket = limiter.newTicket()) =>
			void limiter.run(ticket, async () => (order.push(name), remaining(1)), forever);
		const old = limiter.newTicket();
		queue('second');
		queue('third');
		queue('retry of the first', old);
		await pass(0);
		answerWith(remaining(1, 7_200));
		queue('fourth');
		await pass(0);
		expect(order).toEqual(['retry of the first', 'second', 'third', 'fourth']);
	});

	it.each<[string, RequestResult]>([
		['429', answer(429)],
		['a broken connection', { code: 'ECONNRESET' }],
		['404 without headers', answer(404)],
		['502', answer(502)],
		['a request that was not sent', { code: 'ECONNREFUSED' }],
	])('goes on after %s', async (_what, result) => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(9));
		expect(await send(limiter, result)).toBe(result);
		expect(await send(limiter, answer(200))).toEqual(answer(200));
	});

	it('passes on what sending throws, and goes on', async () => {
		const limiter = limiterOfNewAccount();
		const fails = async () => await Promise.reject(new Error('broken'));
		await expect(limiter.run(limiter.newTicket(), fails, forever)).rejects.toThrow('broken');
		expect(await send(limiter, answer(200))).toEqual(answer(200));
	});

	it.each<[string, () => Promise<RequestResult>]>([
		['refused connections', async () => ({ code: 'ECONNREFUSED' })],
		['throws', async () => await Promise.reject(new Error('canceled'))],
	])('counts no requests that KLIQ cannot have seen, and adds none: %s', async (_what, fails) => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(6));
		for (let each = 0; each < 7; each++) {
			await limiter.run(limiter.newTicket(), fails, forever).catch(() => {});
		}
		const { sentAt, queue } = record(limiter);
		for (let each = 0; each < 8; each++) queue(`${each}`, forever, undefined, answer(502));
		await pass(0);
		expect(Object.keys(sentAt)).toHaveLength(6);
	});

	it('counts a request whose answer got lost: KLIQ may have counted it', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(2));
		await send(limiter, { code: 'ECONNRESET' });
		const { sentAt, queue } = record(limiter);
		['a', 'b'].forEach((name) => queue(name, forever, undefined, answer(502)));
		await pass(0);
		expect(Object.keys(sentAt)).toEqual(['a']);
	});

	it('is not let on by overdue requests that were not sent either', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(1));
		void limiter.run(limiter.newTicket(), held().send, forever);
		const { sentAt, queue } = record(limiter);
		['a', 'b'].forEach((name) => queue(name, until(0), undefined, { code: 'ECONNREFUSED' }));
		queue('next');
		await pass(5_000);
		expect(sentAt).toEqual({ a: 0, b: 0 });
	});

	it('counts a gateway’s 5xx, which reports no limit', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(0, 1, 2));
		await pass(1_000);
		const { sentAt, queue } = record(limiter);
		['a', 'b', 'c'].forEach((name) => queue(name, forever, undefined, answer(502)));
		queue('d', forever, undefined, remaining(0, 3_600));
		queue('e');
		await pass(1_000);
		expect(Object.keys(sentAt)).toEqual(['a', 'b', 'c', 'd']);
	});

	it('tells how long a request has waited in it, all its tries together', async () => {
		const limiter = limiterOfNewAccount();
		const { queue } = record(limiter);
		const ticket = queue('first try', forever, undefined, refusal(2));
		await pass(0);
		expect(ticket.queuedMs).toBe(0);
		queue('second try', forever, ticket, refusal(3));
		await pass(5_000);
		expect(ticket.queuedMs).toBe(2_000);
		queue('third try', forever, ticket);
		await pass(3_000);
		expect(ticket.queuedMs).toBe(2_000);
	});
});

describe('a window', () => {
	it('does not open early when the process is held up while it reads an answer', async () => {
		const limiter = limiterOfNewAccount();
		const slow = remaining(0, 5);
		Object.defineProperty(slow.headers, 'x-ratelimit-limit', {
			get() {
				jest.advanceTimersByTime(10);
				return '100';
			},
		});
		await send(limiter, slow);
		const { sentAt, queue } = record(limiter);
		queue('next');
		await pass(5_000);
		expect(sentAt).toEqual({ next: 4_990 });
	});
});

describe('a Retry-After', () => {
	it('holds though other answers name a new window', async () => {
		const limiter = limiterOfNewAccount();
		const { send: late, answerWith } = held();
		void limiter.run(limiter.newTicket(), late, forever);
		await send(limiter, refusal(30));
		answerWith(remaining(50));
		const { sentAt, queue } = record(limiter);
		queue('next');
		await pass(30_000);
		expect(sentAt).toEqual({ next: 30_000 });
	});

	it('that no caller waits for holds up no other: each hears it itself', async () => {
		const limiter = limiterOfNewAccount();
		const { sentAt, queue } = record(limiter);
		const names = ['a', 'b', 'c'];
		names.forEach((name) => queue(name, until(60_000), undefined, refusal(61)));
		await pass(0);
		queue('later', until(60_000), undefined, refusal(61));
		await pass(0);
		expect(sentAt).toEqual({ a: 0, b: 0, c: 0, later: 0 });
	});

	it('is not longer for a clock that is set back while it lasts', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, refusal(1));
		const { sentAt, queue } = record(limiter);
		queue('next');
		await pass(100);
		jest.setSystemTime(Date.now() - 20_000);
		await pass(900);
		expect(sentAt).toEqual({ next: 1_000 });
	});

	it.each(['x-ratelimit-reset', 'retry-after'])(
		'as a date, or %s, is not longer for a clock that was set back before',
		async (header) => {
			const limiter = limiterOfNewAccount();
			const kliqsTime = Date.now();
			jest.setSystemTime(kliqsTime - 20_000);
			const reported = {
				'x-ratelimit-remaining': '0',
				'x-ratelimit-reset': String(kliqsTime / 1_000 + 1),
				'retry-after': new Date(kliqsTime + 1_000).toUTCString(),
			};
			const headers = header === 'retry-after' ? { [header]: reported[header] } : reported;
			await send(limiter, answer(429, { ...headers, date: new Date(kliqsTime).toUTCString() }));
			const { sentAt, queue } = record(limiter);
			queue('next');
			await pass(1_000);
			expect(sentAt).toEqual({ next: 1_000 });
		},
	);
});

describe('a deadline', () => {
	it('that comes before the quota opens has the request sent at once', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(0, 60));
		const { sentAt, queue } = record(limiter);
		const overdue = queue('overdue', until(59_999), undefined, remaining(0, 60));
		const inTime = queue('in time', until(60_000));
		await pass(60_000);
		expect(sentAt).toEqual({ overdue: 0, 'in time': 60_000 });
		expect([overdue.queuedMs, inTime.queuedMs]).toEqual([0, 60_000]);
	});

	it('that comes while only answers are waited for has the request sent then', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(1));
		void limiter.run(limiter.newTicket(), held().send, forever);
		const { sentAt, queue } = record(limiter);
		queue('first', until(2_750));
		queue('second', until(1_200), undefined, { code: 'ECONNREFUSED' });
		queue('third');
		await pass(10_000);
		expect(sentAt).toEqual({ first: 2_750, second: 1_200 });
	});

	it('that comes sooner than a nap ends is kept, too', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(1));
		void limiter.run(limiter.newTicket(), held().send, forever);
		const { sentAt, queue } = record(limiter);
		queue('soon', until(200));
		await pass(MAX_NAP_MS);
		expect(sentAt).toEqual({ soon: 200 });
	});

	it('that is over does not make a request overdue while something is left', async () => {
		const limiter = limiterOfNewAccount();
		const { sentAt, queue } = record(limiter);
		queue('next', until(-1));
		await pass(0);
		expect(sentAt).toEqual({ next: 0 });
	});
});

describe('a cancellation', () => {
	it('lets a request go from the queue within a nap, for sending to throw', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(0, 60, 2));
		let isCancelled = false;
		const canceled = { deadline: Infinity, isCancelled: () => isCancelled };
		const ticket = limiter.newTicket();
		const fails = jest.fn(async () => await Promise.reject(new Error('canceled')));
		const run = limiter.run(ticket, fails, canceled).catch((error: Error) => error.message);
		const { sentAt, queue } = record(limiter);
		['a', 'b', 'c'].forEach((name) => queue(name, forever, undefined, answer(502)));
		await pass(100);
		isCancelled = true;
		await pass(MAX_NAP_MS);
		expect(fails).toHaveBeenCalledTimes(1);
		expect(await run).toBe('canceled');
		expect(ticket.queuedMs).toBe(500);
		// It takes nothing from the next window, and gives nothing to this one.
		expect(sentAt).toEqual({});
		await pass(60_000);
		expect(sentAt).toMatchObject({ a: 60_000, b: 60_000 });
	});

	it('that has come already lets it go at once', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(0, 60));
		const { sentAt, queue } = record(limiter);
		queue('canceled', { deadline: Infinity, isCancelled: () => true });
		await pass(0);
		expect(sentAt).toEqual({ canceled: 0 });
	});
});

describe('naps', () => {
	it('are shared by 3,000 requests in the queue', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(0, 60, 5_000));
		const isCancelled = jest.fn(() => false);
		const { sentAt, queue } = record(limiter);
		for (let each = 0; each < 3_000; each++) queue(`${each}`, { deadline: 90_000, isCancelled });
		expect(naps).toHaveBeenCalledTimes(1);
		isCancelled.mockClear();
		await pass(59_999);
		expect(naps.mock.calls.length).toBeLessThanOrEqual(120);
		expect(isCancelled.mock.calls.length).toBeLessThanOrEqual(120 * 3_000);
		expect(jest.getTimerCount()).toBe(1);
		await pass(1);
		expect(Object.keys(sentAt)).toHaveLength(3_000);
	});

	it('are taken only while a request waits', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, refusal(30));
		const { queue } = record(limiter);
		await pass(10_000);
		expect(naps).not.toHaveBeenCalled();
		queue('next');
		await pass(20_000);
		expect(naps).toHaveBeenCalledTimes(40);
		await pass(10_000);
		expect(naps).toHaveBeenCalledTimes(40);
		expect(jest.getTimerCount()).toBe(0);
	});

	it('are no longer than half a second', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, remaining(0, 5));
		const { queue } = record(limiter);
		queue('next');
		await pass(5_000);
		expect(Math.max(...naps.mock.calls.map(([milliseconds]) => milliseconds))).toBe(MAX_NAP_MS);
	});

	it('are one after the other again when one was replaced by one that ends earlier', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, answer(429));
		void limiter.run(limiter.newTicket(), held().send, forever);
		const { sentAt, queue } = record(limiter);
		queue('waits');
		await pass(100);
		queue('overdue', until(50), undefined, { code: 'ECONNREFUSED' });
		await pass(50);
		expect(sentAt).toEqual({ overdue: 150 });
		naps.mockClear();
		await pass(10_000);
		expect(naps.mock.calls.length).toBeLessThanOrEqual(20);
	});

	it('end when a window ends that was reported meanwhile', async () => {
		const limiter = limiterOfNewAccount();
		await send(limiter, answer(429));
		const { send: first, answerWith } = held();
		void limiter.run(limiter.newTicket(), first, forever);
		const { sentAt, queue } = record(limiter);
		queue('next');
		await pass(700);
		jest.setSystemTime(Date.now() - 700);
		answerWith(remaining(0, 1));
		await pass(5_000);
		expect(sentAt).toEqual({ next: 1_700 });
	});
});

/** An API that takes its time and counts in windows of a second, on the clock. */
class FakeApi {
	/** Statuses in the order of arrival. */
	readonly arrivals: Array<{ item: number; status: number }> = [];

	/** Requests of each window that others use up when it begins. */
	usedByOthers = 0;

	private inFlight = 0;

	private windowEndsAt = -Infinity;

	private used = 0;

	constructor(
		public limit: number,
		public headers: 'all' | 'retryAfter' | 'none',
		/** Milliseconds to and from the API, for the first, the second, … request; then again. */
		private readonly latencies: Array<[up: number, down: number]>,
	) {}

	get refusals(): number {
		return this.arrivals.filter(({ status }) => status === 429).length;
	}

	async receive(item: number): Promise<KliqResponse> {
		const [up, down] =
			this.latencies[(this.arrivals.length + this.inFlight) % this.latencies.length];
		this.inFlight += 1;
		await new Promise((resolve) => setTimeout(resolve, up));
		const counted = this.count(item);
		await new Promise((resolve) => setTimeout(resolve, down));
		this.inFlight -= 1;
		return counted;
	}

	private count(item: number): KliqResponse {
		const now = Date.now();
		if (now >= this.windowEndsAt) {
			this.windowEndsAt = (Math.floor(now / 1_000) + 1) * 1_000;
			this.used = this.usedByOthers;
		}
		this.used += 1;
		const status = this.used > this.limit ? 429 : 200;
		this.arrivals.push({ item, status });
		const limits = {
			'x-ratelimit-limit': String(this.limit),
			'x-ratelimit-remaining': String(Math.max(0, this.limit - this.used)),
			'x-ratelimit-reset': String(this.windowEndsAt / 1_000),
		};
		return answer(status, {
			...(this.headers === 'all' ? limits : {}),
			...(status === 429 && this.headers !== 'none' ? { 'retry-after': '1' } : {}),
		});
	}
}

/** Sends so many requests, ten at a time unless reported, each until it is not refused. Resolves with the time it takes. */
async function sendMany(
	limiter: RateLimiter,
	api: FakeApi,
	count: number,
	concurrency = 10,
): Promise<number> {
	const begin = performance.now();
	let next = 0;
	const work = async () => {
		while (next < count) {
			const item = next++;
			const ticket = limiter.newTicket();
			const receive = async () => await api.receive(item);
			for (let status = 0; status !== 200; ) {
				({ status } = (await limiter.run(ticket, receive, until(60_000))) as KliqResponse);
			}
		}
	};
	const workers = Promise.all(Array.from({ length: concurrency }, work));
	const end = workers.then(() => performance.now());
	await pass(30_000);
	return (await end) - begin;
}

describe('many requests at a time', () => {
	it.each([2, 10, 20, 30])(
		'need at most 1.2 of the least time where only Retry-After reports a limit of 40 a second: %i ms',
		async (latencyMs) => {
			const api = new FakeApi(40, 'retryAfter', [[latencyMs / 2, latencyMs / 2]]);
			const milliseconds = await sendMany(limiterOfNewAccount(), api, 200);
			expect(milliseconds).toBeLessThanOrEqual(1.2 * (4_000 + latencyMs));
			// Those in flight when each of four windows is used up.
			expect(api.refusals).toBeLessThanOrEqual(40);
		},
	);

	it.each(['all', 'retryAfter'] as const)(
		'overtake a refused one by 10 at most: %s',
		async (headers) => {
			const api = new FakeApi(12, headers, [[20, 20]]);
			api.usedByOthers = 3;
			const limiter = limiterOfNewAccount();
			await sendMany(limiter, api, 1);
			// Those of ten executions.
			await sendMany(limiter, api, 100, 100);
			expect(api.refusals).toBeGreaterThan(0);
			const accepted = api.arrivals.filter(({ status }) => status === 200).map(({ item }) => item);
			const overtakings = accepted.map(
				(item, index) => accepted.slice(0, index).filter((earlier) => earlier > item).length,
			);
			expect(Math.max(...overtakings)).toBeLessThanOrEqual(10);
		},
	);

	it('are never refused though answers overtake each other, within windows and between', async () => {
		const api = new FakeApi(6, 'all', [
			[10, 10],
			[10, 700],
			[300, 10],
			[10, 90],
			[150, 400],
		]);
		const limiter = limiterOfNewAccount();
		await sendMany(limiter, api, 1);
		await sendMany(limiter, api, 50);
		expect(api.refusals).toBe(0);
	});

	it('use no window’s rest in the next', async () => {
		const api = new FakeApi(6, 'all', [[1, 50]]);
		const limiter = limiterOfNewAccount();
		await sendMany(limiter, api, 1);
		await pass(1_000);
		await sendMany(limiter, api, 20);
		expect(api.refusals).toBe(0);
	});

	it('are ten in flight again one window after limit headers have stopped', async () => {
		const api = new FakeApi(2, 'all', [[25, 25]]);
		const limiter = limiterOfNewAccount();
		await sendMany(limiter, api, 3);
		Object.assign(api, { limit: Infinity, headers: 'none' });
		// The rest of the window, one request to see, then ten at a time.
		expect(await sendMany(limiter, api, 100)).toBeLessThanOrEqual(1_000 + 50 + 10 * 50);
	});
});
