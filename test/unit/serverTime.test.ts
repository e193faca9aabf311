import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { serverTime } from '../../nodes/Kliq/transport/serverTime';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 30, 250);

const at = (millisecondsFromNow: number) => new Date(NOW + millisecondsFromNow).toUTCString();

const response = (date: string | undefined, sentAt?: number) => ({
	status: 200,
	headers: { date },
	body: {},
	sentAt,
});

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
});

afterEach(() => {
	jest.useRealTimers();
});

describe('serverTime', () => {
	it.each([0, -1_000, 2_000])('is our time for a Date %i ms from it', (difference) =>
		expect(serverTime(response(at(difference)))).toBe(NOW),
	);

	it('is our time without a readable Date', () => {
		for (const date of [undefined, 'yesterday']) expect(serverTime(response(date))).toBe(NOW);
	});

	it.each([-300_000, 300_000, -3_000, 4_000])(
		'is KLIQ’s time for a clock skew of %i ms',
		(difference) => expect(serverTime(response(at(difference)))).toBe(Date.parse(at(difference))),
	);

	it.each([-2_000, 2_000])('is our time for a clock skew of exactly %i ms', (difference) => {
		const wholeSecond = NOW - (NOW % 1_000);
		jest.setSystemTime(wholeSecond);
		const date = new Date(wholeSecond + difference).toUTCString();
		expect(serverTime(response(date))).toBe(wholeSecond);
	});

	it('takes no slow response for a clock skew', () => {
		expect(serverTime(response(at(-9_000), NOW - 10_000))).toBe(NOW);
		expect(serverTime(response(at(-11_000), NOW - 10_000))).toBe(NOW);
		expect(serverTime(response(at(-14_000), NOW - 10_000))).toBe(Date.parse(at(-14_000)));
	});
});
