import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { requestedDelay } from '../../nodes/Kliq/transport/requestedDelay';
import type { RequestResult } from '../../nodes/Kliq/transport/result';
import { retryDelay } from '../../nodes/Kliq/transport/retry/retryPolicy';

const NOW = Date.UTC(2026, 0, 1, 12);

const answer = (status: number, headers = {}) => ({ status, headers, body: {} });

const after = (seconds: string) => ({ 'retry-after': seconds });

const window = (remaining: number, seconds: number) => ({
	'x-ratelimit-remaining': String(remaining),
	'x-ratelimit-reset': String(NOW / 1_000 + seconds),
});

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
	jest.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
	jest.useRealTimers();
	jest.restoreAllMocks();
});

describe('the delay that a 429 asks for', () => {
	it.each<[string, object, number | undefined]>([
		['Retry-After in seconds', after('7'), 7_000],
		['with white space around', after(' 7 '), 7_000],
		['in fractions of a second', after('0.25'), 250],
		['in more than one digit', after('12.75'), 12_750],
		['as a date', after(new Date(NOW + 9_000).toUTCString()), 9_000],
		['as a date that is over', after(new Date(NOW - 9_000).toUTCString()), undefined],
		['0', after('0'), undefined],
		['a negative number', after('-1'), undefined],
		['a number with a comma', after('1,5'), undefined],
		['a number with text behind', after('5 s'), undefined],
		['text with a number behind', after('s5'), undefined],
		['text', after('later'), undefined],
		['digits that look like a date', after('1-1-2030'), undefined],
		['a date in another notation', after('2030-01-01T12:00Z'), undefined],
		['none', {}, undefined],
		['none, but a window with nothing left', window(0, 20), 20_000],
		['none, but a window with something left', window(1, 20), undefined],
		['none, but a window that is over', window(0, -20), undefined],
		['Retry-After before the window', { ...after('7'), ...window(0, 20) }, 7_000],
		[
			'Retry-After of 0 and a window with nothing left',
			{ ...after('0'), ...window(0, 20) },
			20_000,
		],
	])('%s', (_what, headers, expected) => {
		expect(requestedDelay(answer(429, headers))).toBe(expected);
	});
});

describe('the delay before a retry', () => {
	const REFUSED: RequestResult = { code: 'ECONNREFUSED' };
	const RESET: RequestResult = { code: 'ECONNRESET' };

	it.each<[string, 'GET' | 'POST' | 'DELETE', RequestResult, number | undefined]>([
		['GET, 429', 'GET', answer(429), 1_000],
		['GET, 429 with a delay', 'GET', answer(429, after('7')), 7_000],
		['POST, 429: KLIQ has not processed it', 'POST', answer(429), 1_000],
		['GET, 500', 'GET', answer(500), 1_000],
		['GET, 408 of a proxy', 'GET', answer(408), 1_000],
		['GET, 503 with a longer delay', 'GET', answer(503, after('7')), 7_000],
		['GET, 503 with a shorter delay', 'GET', answer(503, after('0.2')), 1_000],
		['GET, 503 with an unreadable delay', 'GET', answer(503, after('7 s')), 1_000],
		['DELETE, 502', 'DELETE', answer(502), 1_000],
		['POST, 500: it may have taken effect', 'POST', answer(500), undefined],
		['GET, connection lost', 'GET', RESET, 1_000],
		['POST, connection lost: it may have taken effect', 'POST', RESET, undefined],
		['POST, connection refused: it was not sent', 'POST', REFUSED, 1_000],
		[
			'GET, bad certificate: a retry meets the same',
			'GET',
			{ code: 'CERT_HAS_EXPIRED' },
			undefined,
		],
		['GET, 400', 'GET', answer(400), undefined],
		['GET, 404', 'GET', answer(404), undefined],
	])('%s', (_what, method, result, expected) => {
		expect(retryDelay(method, result, 1)).toBe(expected);
	});

	it('doubles with each attempt, and ends with the fifth', () => {
		const delays = [1, 2, 3, 4, 5, 6].map((attempts) => retryDelay('GET', answer(500), attempts));
		expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, undefined, undefined]);
	});

	it('is up to a half shorter, so that callers do not retry in step', () => {
		jest.mocked(Math.random).mockReturnValue(0.5);
		expect(retryDelay('GET', answer(500), 1)).toBe(750);
		jest.mocked(Math.random).mockReturnValue(1);
		expect(retryDelay('GET', answer(500), 2)).toBe(1_000);
	});
});
