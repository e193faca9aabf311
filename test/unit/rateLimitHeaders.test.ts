import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { readRateLimitHeaders } from '../../nodes/Kliq/transport/rateLimitHeaders';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 30, 250);
const RESET = Math.floor(NOW / 1_000) + 30;

const read = (headers: object) =>
	readRateLimitHeaders({
		status: 200,
		headers: {
			'x-ratelimit-limit': '100',
			'x-ratelimit-remaining': '7',
			'x-ratelimit-reset': String(RESET),
			...headers,
		},
		body: {},
	});

const ALL = { limit: 100, remaining: 7, reset: RESET, endsInMs: 29_750 };

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
});

afterEach(() => {
	jest.useRealTimers();
});

describe('readRateLimitHeaders', () => {
	it.each<[string, object, object]>([
		['all of them', {}, ALL],
		['numbers instead of texts', { 'x-ratelimit-remaining': 7 }, ALL],
		['white space around', { 'x-ratelimit-remaining': ' 7 ' }, ALL],
		['nothing left', { 'x-ratelimit-remaining': '0' }, { ...ALL, remaining: 0 }],
		['no limit', { 'x-ratelimit-limit': undefined }, { ...ALL, limit: undefined }],
		['a limit of 0', { 'x-ratelimit-limit': '0' }, { ...ALL, limit: undefined }],
		['an unreadable limit', { 'x-ratelimit-limit': 'many' }, { ...ALL, limit: undefined }],
		[
			'a window that is over',
			{ 'x-ratelimit-reset': String(RESET - 31) },
			{ ...ALL, reset: RESET - 31, endsInMs: -1_250 },
		],
		[
			'a reset of 15 digits',
			{ 'x-ratelimit-reset': '1'.repeat(15) },
			expect.objectContaining({ reset: Number('1'.repeat(15)) }) as object,
		],
		[
			'KLIQ’s clock five minutes ahead',
			{ date: new Date(NOW + 300_000).toUTCString() },
			{ ...ALL, endsInMs: 30_000 - 300_000 },
		],
	])('reads %s', (_what, headers, expected) => {
		expect(read(headers)).toEqual(expected);
	});

	const UNREADABLE = [undefined, null, '', 'soon', '-1', '1.5', '7 left', 'x7', '1'.repeat(16)];

	it.each(UNREADABLE)('reads nothing where what remains is %p', (remaining) => {
		expect(read({ 'x-ratelimit-remaining': remaining })).toBeUndefined();
	});

	it.each(UNREADABLE)('reads nothing where the reset is %p', (reset) => {
		expect(read({ 'x-ratelimit-reset': reset })).toBeUndefined();
	});
});
