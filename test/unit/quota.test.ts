import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Quota, type Permit, type PermitResult } from '../../nodes/Kliq/transport/rateLimit/quota';
import type { RateLimitHeaders } from '../../nodes/Kliq/transport/rateLimitHeaders';

const UNSENT: PermitResult = { kind: 'unsent' };
const UNKNOWN: PermitResult = { kind: 'unknown' };
const WITHOUT_HEADERS: PermitResult = { kind: 'answered' };

/** Headers of the window that ends at `endsAt` (milliseconds, as all times here), read at `now`. */
const headers = (remaining: number, endsAt = 1_000, now = 0, limit?: number): RateLimitHeaders => ({
	limit,
	remaining,
	reset: 1_800_000_000 + endsAt / 1_000,
	endsInMs: endsAt - now,
});

const answered = (remaining: number, endsAt = 1_000, now = 0, limit?: number): PermitResult => ({
	kind: 'answered',
	headers: headers(remaining, endsAt, now, limit),
});

const refused = (delayMs?: number, headers?: RateLimitHeaders): PermitResult => ({
	kind: 'refused',
	delayMs,
	headers,
});

/** What `left` counts up to. */
const UNLIMITED = 50;

function acquireAll(quota: Quota, now: number): Permit[] {
	const permits: Permit[] = [];
	while (permits.length < UNLIMITED) {
		const permit = quota.tryAcquire(now);
		if (permit === undefined) break;
		permits.push(permit);
	}
	return permits;
}

/** How many requests the quota lets go at a moment. */
function left(quota: Quota, now = 0): number {
	const permits = acquireAll(quota, now);
	permits.forEach((permit) => quota.release(permit, UNSENT, now));
	return permits.length;
}

/** Sends a request, whatever the quota allows, that ends in this way. */
const send = (quota: Quota, result: PermitResult, now = 0) =>
	quota.release(quota.acquire(), result, now);

/** Sends a request and, before its answer comes, does something else. */
function sendAround(quota: Quota, result: PermitResult, meanwhile: () => void, now = 0): void {
	const permit = quota.acquire();
	meanwhile();
	quota.release(permit, result, now);
}

/** A quota that knows a window of 6 requests that ends at 1,000, with so many left. */
function quotaOfWindow(remaining: number): Quota {
	const quota = new Quota();
	send(quota, answered(remaining, 1_000, 0, 6));
	return quota;
}

/** A quota whose window of 6 is over. */
const OVER = 1_000;

describe('a quota that knows nothing', () => {
	it.each<[string, PermitResult, number]>([
		['an answer without headers: no limit', WITHOUT_HEADERS, UNLIMITED],
		['no answer: no limit', UNKNOWN, UNLIMITED],
		['headers: what remains', answered(7), 7],
		['headers of a window that is over: no limit', answered(7, 0), UNLIMITED],
		['429 with headers: nothing', refused(undefined, headers(0)), 0],
		['429 alone: one at a time', refused(), 1],
	])('after %s', (_event, result, expected) => {
		const quota = new Quota();
		expect(left(quota)).toBe(UNLIMITED);
		send(quota, result);
		expect(left(quota)).toBe(expected);
	});
});

describe('a quota of 6 with 4 left', () => {
	it.each<[string, (quota: Quota) => void, number]>([
		['acquired: one more in flight', (quota) => quota.tryAcquire(0), 3],
		['released unsent: as if never acquired', (quota) => send(quota, UNSENT), 4],
		['released, result unknown: one more unreported', (quota) => send(quota, UNKNOWN), 3],
		['answered without headers: one more unreported', (quota) => send(quota, WITHOUT_HEADERS), 3],
		['answered, known window: less remains', (quota) => send(quota, answered(2)), 2],
		['answered, known window, counted before: nothing', (quota) => send(quota, answered(5)), 4],
		['answered, new window: its remaining', (quota) => send(quota, answered(5, 2_000)), 5],
		[
			'answered, new window, others in flight: perhaps not counted yet',
			(quota) => {
				acquireAll(quota, 0);
				send(quota, answered(5, 2_000));
			},
			1,
		],
		[
			'answered, known window, includes what ended before it was sent',
			(quota) => {
				send(quota, UNKNOWN);
				send(quota, answered(2));
			},
			2,
		],
		[
			'answered, known window, perhaps counted before what ended since it was sent',
			(quota) => sendAround(quota, answered(3), () => send(quota, UNKNOWN)),
			2,
		],
		[
			'answered, earlier window: nothing',
			(quota) => sendAround(quota, answered(0), () => send(quota, answered(5, 2_000))),
			5,
		],
		['answered, a window that is over: nothing', (quota) => send(quota, answered(0, 0)), 4],
		[
			'answered, earlier window though sent later: KLIQ’s clock was set back',
			(quota) => {
				send(quota, answered(5, 9_000));
				send(quota, answered(2, 4_000));
			},
			2,
		],
		[
			'answered, earlier window, sent before others of the known one were answered: the same',
			(quota) => {
				send(quota, answered(5, 9_000));
				sendAround(quota, answered(2, 4_000), () => send(quota, answered(4, 9_000)));
			},
			2,
		],
		['429, nothing remains', (quota) => send(quota, refused(undefined, headers(0))), 0],
		[
			'429 with headers of something left: slow start',
			(quota) => send(quota, refused(0, headers(3))),
			1,
		],
		['429 alone: slow start', (quota) => send(quota, refused()), 1],
		['429 with a delay: blocked', (quota) => send(quota, refused(200)), 0],
		['429 with a delay of a minute: blocked', (quota) => send(quota, refused(60_000)), 0],
		['429 with a longer delay: not blocked', (quota) => send(quota, refused(60_001)), 1],
		[
			'429 of an earlier window: neither blocked nor slow',
			(quota) => sendAround(quota, refused(500, headers(3)), () => send(quota, answered(5, 2_000))),
			5,
		],
	])('%s', (_event, happen, expected) => {
		const quota = quotaOfWindow(4);
		happen(quota);
		expect(left(quota)).toBe(expected);
	});

	it('gives permits out again that were released unsent, and no more', () => {
		const quota = quotaOfWindow(4);
		for (let round = 0; round < 3; round++) {
			const permits = acquireAll(quota, 0);
			expect(permits).toHaveLength(4);
			permits.forEach((permit) => quota.release(permit, UNSENT, 0));
		}
	});

	it('keeps its window shut when answers are overtaken by the one that used it up', () => {
		const quota = quotaOfWindow(4);
		const permits = acquireAll(quota, 0);
		[0, 3, 1, 2].forEach((remaining, index) => {
			quota.release(permits[index], answered(remaining), 0);
			expect(left(quota)).toBe(0);
		});
		expect(left(quota, 999)).toBe(0);
	});

	it('takes the earliest reported end of a window', () => {
		const quota = quotaOfWindow(0);
		const early = { ...headers(0), endsInMs: 700 };
		const late = { ...headers(0), endsInMs: 1_300 };
		send(quota, { kind: 'answered', headers: late });
		send(quota, { kind: 'answered', headers: early });
		send(quota, { kind: 'answered', headers: late });
		expect([left(quota, 699), left(quota, 700)]).toEqual([0, 6]);
	});
});

describe('a quota of 6 whose window is over', () => {
	it.each<[string, (quota: Quota) => void, number]>([
		['has a whole window, not the rest of the old one', () => {}, 6],
		['forgets what ended in the old one without reporting', (quota) => send(quota, UNKNOWN), 6],
		[
			'counts an answer of the new window',
			(quota) => send(quota, answered(5, 2_000, OVER), OVER),
			5,
		],
		[
			'subtracts those in flight: they may be counted in the new window',
			(quota) => {
				quota.acquire();
				quota.tryAcquire(OVER);
			},
			4,
		],
		[
			'does not subtract those that the old window has counted',
			(quota) => sendAround(quota, answered(0, 1_000, OVER), () => left(quota, OVER), OVER),
			6,
		],
		[
			'nor though the answer’s clock says that the old window is not over',
			(quota) => sendAround(quota, answered(0, 1_000, 900), () => left(quota, OVER), OVER),
			6,
		],
		[
			'goes back to it where KLIQ says so of a request sent since',
			(quota) => {
				left(quota, OVER);
				send(quota, answered(1, 1_000, 900), OVER);
			},
			1,
		],
		[
			'does not go back to it once KLIQ has reported the next one',
			(quota) => {
				left(quota, OVER);
				const next = () => send(quota, answered(5, 2_000, OVER), OVER);
				sendAround(quota, answered(0, 1_000, 900), next, OVER);
			},
			5,
		],
		[
			'subtracts those that have ended without reporting',
			(quota) => {
				left(quota, OVER);
				send(quota, UNKNOWN, OVER);
			},
			5,
		],
		[
			'forgets the limit when an answer to a request sent since has no headers',
			(quota) => {
				left(quota, OVER);
				send(quota, WITHOUT_HEADERS, OVER);
			},
			UNLIMITED,
		],
		[
			'keeps it when such an answer is to a request sent before',
			(quota) => sendAround(quota, WITHOUT_HEADERS, () => left(quota, OVER), OVER),
			5,
		],
		[
			'is not held up by a late 429 of the old one',
			(quota) =>
				sendAround(quota, refused(1_000, headers(0, 1_000, OVER)), () => left(quota, OVER), OVER),
			6,
		],
		[
			'is held up by a 429 of the new one',
			(quota) => send(quota, refused(1_000, headers(0, 2_000, OVER)), OVER),
			0,
		],
		[
			'lets one go when nothing is left and nothing in flight could report',
			(quota) => {
				left(quota, OVER);
				for (let each = 0; each < 9; each++) send(quota, UNKNOWN, OVER);
			},
			1,
		],
	])('%s', (_title, happen, expected) => {
		const quota = quotaOfWindow(4);
		// Nothing but time has passed since: the quota has not noticed yet.
		happen(quota);
		expect(left(quota, OVER)).toBe(expected);
	});

	it('lets one go ahead where KLIQ has not reported the limit', () => {
		const quota = new Quota();
		send(quota, answered(0));
		expect([left(quota, 999), left(quota, 1_000)]).toEqual([0, 1]);
	});

	it('goes back to a window of unknown limit where KLIQ says that it is not over', () => {
		const quota = new Quota();
		send(quota, answered(4));
		expect(left(quota, OVER)).toBe(1);
		send(quota, answered(3, 1_000, 900), OVER);
		expect(left(quota, OVER)).toBe(3);
	});

	it('goes on with the last reported limit', () => {
		const quota = quotaOfWindow(4);
		send(quota, answered(0, 1_000, 0, 3));
		expect(left(quota, OVER)).toBe(3);
	});

	it('forgets a limit for good: the next window reported without one has no limit either', () => {
		const quota = quotaOfWindow(4);
		left(quota, OVER);
		send(quota, WITHOUT_HEADERS, OVER);
		send(quota, answered(0, 2_000, OVER), OVER);
		expect(left(quota, 2_000)).toBe(1);
	});
});

describe('a refusal with a delay', () => {
	it('blocks until it is over', () => {
		const quota = new Quota();
		send(quota, refused(2_000));
		expect([left(quota, 1_999), left(quota, 2_000)]).toEqual([0, 1]);
	});

	it('is not shortened by another, nor by headers', () => {
		const quota = new Quota();
		sendAround(quota, answered(5, 9_000), () => {
			send(quota, refused(2_000));
			send(quota, refused(1_000));
		});
		expect([left(quota, 1_999), left(quota, 2_000)]).toEqual([0, 1]);
	});

	it.each<[string, number, number]>([
		['is longer where that request’s delay says a second more', 2_700, 3_000],
		[
			'is not longer for another request refused together, whose seconds are rounded up',
			2_000,
			2_000,
		],
		['is longer where that request’s delay says more than rounding could', 3_000, 3_300],
	])('%s', (_title, delayMs, expected) => {
		const quota = new Quota();
		const permits = [quota.acquire(), quota.acquire()];
		quota.release(permits[0], refused(2_000), 0);
		quota.release(permits[1], refused(delayMs), 300);
		expect([left(quota, expected - 1), left(quota, expected)]).toEqual([0, 1]);
	});

	it('lets a whole window go after it, if the used-up window is over as well', () => {
		const quota = quotaOfWindow(4);
		send(quota, refused(1_000, headers(0)));
		expect([left(quota, 999), left(quota, 1_000)]).toEqual([0, 6]);
	});

	it('lets one go after it, if by its headers the window goes on', () => {
		const quota = quotaOfWindow(4);
		send(quota, refused(300, headers(0)));
		expect([left(quota, 299), left(quota, 300)]).toEqual([0, 1]);
	});

	it.each([0, 1])('goes on with a window that has one left, and %d in flight', (inFlight) => {
		const quota = quotaOfWindow(4);
		for (let each = 0; each < 5; each++) send(quota, answered(4));
		for (let each = 0; each < inFlight; each++) quota.acquire();
		send(quota, refused(300, headers(1 + inFlight)));
		expect(left(quota, 300)).toBe(1);
		expect(quota.nextChangeAt(300)).toBe(1_000);
	});

	it('leaves a window open that has something left', () => {
		const quota = quotaOfWindow(4);
		for (let each = 0; each < 5; each++) send(quota, answered(4));
		send(quota, refused(300, headers(3)));
		expect([left(quota, 299), left(quota, 300)]).toEqual([0, 3]);
	});
});

describe('slow start', () => {
	it('begins with as many as were answered since the refusal before', () => {
		const quota = new Quota();
		for (let each = 0; each < 7; each++) send(quota, WITHOUT_HEADERS);
		send(quota, refused());
		expect(left(quota)).toBe(7);
		for (let each = 0; each < 3; each++) send(quota, WITHOUT_HEADERS);
		send(quota, refused());
		expect(left(quota)).toBe(3);
		send(quota, refused());
		expect(left(quota)).toBe(1);
	});

	it('begins once for all that are refused together', () => {
		const quota = new Quota();
		for (let each = 0; each < 7; each++) send(quota, WITHOUT_HEADERS);
		const permits = [1, 2, 3].map(() => quota.acquire());
		permits.forEach((permit) => quota.release(permit, refused(), 0));
		expect(left(quota)).toBe(7);
	});

	it('allows one in flight, and one more for each later answer', () => {
		const quota = new Quota();
		send(quota, refused());
		const counts = [1, 2, 3, 4].map(() => {
			const permits = acquireAll(quota, 0);
			permits.forEach((permit) => quota.release(permit, WITHOUT_HEADERS, 0));
			return permits.length;
		});
		expect(counts).toEqual([1, 2, 4, 8]);
	});

	it('comes after as many as were answered before the refusal: then one goes to see', () => {
		const quota = new Quota();
		for (let each = 0; each < 7; each++) send(quota, WITHOUT_HEADERS);
		send(quota, refused());
		const counts = [7, 6, 5, 4, 3, 2, 1, 1, 2, 3].map(() => {
			const count = left(quota);
			send(quota, WITHOUT_HEADERS);
			return count;
		});
		expect(counts).toEqual([7, 6, 5, 4, 3, 2, 1, 1, 2, 3]);
	});

	it.each<[string, PermitResult]>([
		['429', refused()],
		['no answer', UNKNOWN],
		['a request that was not sent', UNSENT],
	])('is not sped up by %s', (_what, result) => {
		const quota = new Quota();
		send(quota, refused());
		send(quota, result);
		expect(left(quota)).toBe(1);
	});

	it('is not sped up by answers to requests sent before the refusal', () => {
		const quota = new Quota();
		sendAround(quota, WITHOUT_HEADERS, () => send(quota, refused()));
		expect(left(quota)).toBe(1);
	});

	it('is not sped up by an answer to the last request sent before the refusal', () => {
		const quota = new Quota();
		const [first, last] = [quota.acquire(), quota.acquire()];
		quota.release(first, refused(), 0);
		quota.release(last, WITHOUT_HEADERS, 0);
		expect(left(quota)).toBe(1);
	});
});

describe('what a quota says of time', () => {
	it.each<[string, (quota: Quota) => void, number, number]>([
		['something is left: now; the window’s end', () => {}, -Infinity, 1_000],
		['one is left: the same', (quota) => send(quota, answered(1)), -Infinity, 1_000],
		['used up: the window’s end', (quota) => send(quota, answered(0)), 1_000, 1_000],
		[
			'all in flight: now, since their answers may report more',
			(quota) => void acquireAll(quota, 0),
			-Infinity,
			1_000,
		],
		['blocked: the end of the delay', (quota) => send(quota, refused(300)), 300, 300],
		['blocked beyond the window: the delay', (quota) => send(quota, refused(3_000)), 3_000, 1_000],
		[
			'blocked and used up: the delay, which KLIQ asks for',
			(quota) => send(quota, refused(300, headers(0))),
			300,
			300,
		],
	])('%s', (_state, happen, opensAt, nextChangeAt) => {
		const quota = quotaOfWindow(4);
		happen(quota);
		expect(quota.opensAt(0)).toBe(opensAt);
		expect(quota.nextChangeAt(0)).toBe(nextChangeAt);
	});

	it('is nothing where nothing is known, or when all is over', () => {
		const quotas = [new Quota(), quotaOfWindow(0)];
		expect(quotas.map((quota) => quota.opensAt(1_000))).toEqual([-Infinity, -Infinity]);
		expect(quotas.map((quota) => quota.nextChangeAt(1_000))).toEqual([Infinity, Infinity]);
	});

	it('is idle with nothing in flight', () => {
		const quota = new Quota();
		const permit = quota.acquire();
		expect(quota.isIdle).toBe(false);
		quota.release(permit, UNKNOWN, 0);
		expect(quota.isIdle).toBe(true);
	});
});

interface Fate {
	upMs: number;
	downMs: number;
	end: 'answered' | 'unsent' | 'lost before' | 'lost after';
	thinkMs: number;
}

interface Account {
	limit: number;
	windowMs: number;
	callers: number;
	/** Whether windows lie on the clock, or begin with the first request after the one before. */
	isOnClock: boolean;
	fates: Fate[];
}

interface Sent {
	/** Window in which KLIQ counted the request. */
	window?: number;
	/** Whether KLIQ had reported that window when the request was acquired. */
	wasReported: boolean;
	isRefused: boolean;
}

const STEP_MS = 10;
const DURATION_MS = 12_000;

const steps = (max: number) => fc.integer({ min: 0, max: max / STEP_MS }).map((n) => n * STEP_MS);

const account = (ends: Array<Fate['end']>): fc.Arbitrary<Account> =>
	fc.record({
		limit: fc.integer({ min: 1, max: 12 }),
		windowMs: fc.constantFrom(1_000, 2_000, 3_000),
		callers: fc.integer({ min: 1, max: 12 }),
		isOnClock: fc.boolean(),
		fates: fc.array(
			fc.record({
				upMs: steps(300),
				downMs: steps(600),
				end: fc.constantFrom(...ends),
				thinkMs: fc.oneof(fc.constant(0), steps(900)),
			}),
			{ minLength: 1, maxLength: 40 },
		),
	});

/** Plays callers that send as soon as the quota lets them, and a KLIQ that counts and may refuse. */
function play({ limit, windowMs, callers, isOnClock, fates }: Account) {
	const quota = new Quota();
	const sent: Sent[] = [];
	const reported = new Set<number>();
	let window = { endsAt: -Infinity, used: 0 };
	const agenda = new Map<number, Array<(now: number) => void>>();
	const at = (time: number, action: (now: number) => void) =>
		agenda.set(time, [...(agenda.get(time) ?? []), action]);

	const count = (now: number) => {
		if (now >= window.endsAt) {
			const start = isOnClock ? Math.floor(now / windowMs) * windowMs : now;
			window = { endsAt: start + windowMs, used: 0 };
		}
		window.used += 1;
		const isRefused = window.used > limit;
		return { endsAt: window.endsAt, remaining: Math.max(0, limit - window.used), isRefused };
	};

	let idle = callers;
	const begin = (now: number, permit: Permit) => {
		const fate = fates[sent.length % fates.length];
		const { upMs, downMs, thinkMs } = fate;
		// The first response reports the limit: before that, nothing can be kept.
		const end = sent.length === 0 ? 'answered' : fate.end;
		const request: Sent = { wasReported: false, isRefused: false };
		sent.push(request);
		const reportedBefore = new Set(reported);
		idle -= 1;
		const finish = (time: number, result: PermitResult) => {
			quota.release(permit, result, time);
			at(time + STEP_MS + thinkMs, () => (idle += 1));
		};
		if (end === 'unsent') at(now + upMs, (time) => finish(time, UNSENT));
		if (end === 'lost before') at(now + upMs, (time) => finish(time, UNKNOWN));
		if (end !== 'answered' && end !== 'lost after') return;
		at(now + upMs, (arrival) => {
			const { endsAt, remaining, isRefused } = count(arrival);
			Object.assign(request, {
				window: endsAt,
				wasReported: reportedBefore.has(endsAt),
				isRefused,
			});
			at(arrival + downMs, (time) => {
				if (end === 'lost after') return finish(time, UNKNOWN);
				reported.add(endsAt);
				// KLIQ reports whole seconds.
				const reset = Math.ceil(endsAt / 1_000) * 1_000;
				const asTold = headers(remaining, reset, time, limit);
				const delayMs = Math.max(1, Math.ceil((endsAt - arrival) / 1_000)) * 1_000;
				finish(time, isRefused ? refused(delayMs, asTold) : { kind: 'answered', headers: asTold });
			});
		});
	};

	for (let now = 0; now <= DURATION_MS; now += STEP_MS) {
		for (let actions = agenda.get(now); actions; actions = agenda.get(now)) {
			agenda.delete(now);
			actions.forEach((action) => action(now));
		}
		while (idle > 0 && (reported.size > 0 || sent.length === 0)) {
			const permit = quota.tryAcquire(now);
			if (permit === undefined) break;
			begin(now, permit);
		}
	}
	return { quota, sent };
}

describe('whatever the order of answers', () => {
	it('KLIQ refuses nothing while all requests are answered or not sent', () => {
		fc.assert(
			fc.property(account(['answered', 'answered', 'unsent']), (each) => {
				const { sent } = play(each);
				expect(sent.filter(({ isRefused }) => isRefused)).toEqual([]);
			}),
			{ numRuns: 300 },
		);
	});

	it('KLIQ refuses no request of a window that it has told of, even if others get lost', () => {
		fc.assert(
			fc.property(
				account(['answered', 'answered', 'unsent', 'lost before', 'lost after']),
				(each) => {
					const { sent } = play(each);
					expect(sent.filter(({ isRefused, wasReported }) => isRefused && wasReported)).toEqual([]);
				},
			),
			{ numRuns: 300 },
		);
	});

	it('never stops for good', () => {
		fc.assert(
			fc.property(
				account(['answered', 'answered', 'unsent', 'lost before', 'lost after']),
				(each) => {
					const { quota } = play(each);
					const later = DURATION_MS + 70_000;
					const permits = acquireAll(quota, later);
					permits.forEach((permit) => quota.release(permit, UNKNOWN, later));
					if (quota.isIdle) expect(left(quota, later)).toBeGreaterThan(0);
				},
			),
			{ numRuns: 300 },
		);
	});
});
