import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { withinPublication } from '../../nodes/Kliq/trigger/publicationBudget';
import { monotonicNow } from '../../nodes/Kliq/utils/monotonicClock';
import { useVirtualTime } from '../support/n8nCore/virtualTime';

type Method = Parameters<typeof withinPublication>[1];

let url: string;

useVirtualTime();

beforeEach(() => {
	url = `https://n8n.example.com/webhook/${randomUUID()}`;
});

/**
 * Makes a call that takes so long, by default all the time that it is given, and then fails.
 *
 * @returns the milliseconds that it is given, and how many of them for waits
 */
async function call(
	method: Method,
	{
		takes,
		succeeds = false,
		result,
	}: { takes?: number; succeeds?: boolean; result?: unknown } = {},
): Promise<[limitMs: number, maxWaitMs: number]> {
	let given: [number, number] = [NaN, NaN];
	const calling = withinPublication(url, method, async ({ deadline, maxWaitMs }) => {
		given = [Math.round(deadline - monotonicNow()), maxWaitMs];
		jest.advanceTimersByTime(takes ?? given[0]);
		if (!succeeds) throw new Error('KLIQ hangs');
		return result;
	});
	await (succeeds ? calling : expect(calling).rejects.toThrow('KLIQ hangs'));
	return given;
}

const FIRST_CREATE = [10_000, 2_000];
const FIRST_DELETE = [15_000, 10_000];

describe('a publication', () => {
	it('gives five calls of create, and the calls of delete between them, 30 seconds and then 1 each', async () => {
		const given = [];
		for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 0]) {
			given.push(await call('create'), await call('delete'));
			jest.advanceTimersByTime(pauseMs);
		}
		expect(given).toEqual([
			FIRST_CREATE,
			[5_000, 0],
			[10_000, 0],
			[5_000, 0],
			...Array.from({ length: 6 }, () => [1_000, 0]),
		]);
	});

	it('gives each call its whole time while KLIQ fails fast', async () => {
		const given = [];
		for (let each = 0; each < 5; each++) given.push(await call('create', { takes: 100 }));
		expect(given).toEqual([FIRST_CREATE, ...Array.from({ length: 4 }, () => [10_000, 0])]);
	});

	it('counts checkExists before it', async () => {
		expect(await call('checkExists')).toEqual(FIRST_CREATE);
		expect(await call('create')).toEqual([10_000, 0]);
		expect(await call('create')).toEqual([10_000, 0]);
		expect(await call('create')).toEqual([1_000, 0]);
	});

	it.each<[string, () => Promise<unknown>]>([
		[
			'after the fifth call of create',
			async () => {
				for (let each = 0; each < 4; each++) await call('create', { takes: 100 });
			},
		],
		['after a success of create', async () => await call('create', { takes: 100, succeeds: true })],
		[
			'when checkExists says that all is there',
			async () => await call('checkExists', { takes: 100, succeeds: true, result: true }),
		],
		['12 seconds after the last call', async () => void jest.advanceTimersByTime(12_001)],
	])('ends %s', async (_when, end) => {
		await call('create');
		await end();
		expect(await call('create')).toEqual(FIRST_CREATE);
	});

	it('does not end when checkExists says that something is missing', async () => {
		await call('create');
		await call('checkExists', { takes: 100, succeeds: true, result: false });
		expect(await call('create')).toEqual([10_000, 0]);
	});

	it('does not end within 12 seconds, nor with a delete between two tries', async () => {
		await call('create');
		await call('delete', { takes: 100, succeeds: true });
		jest.advanceTimersByTime(12_000);
		expect(await call('create')).toEqual([10_000, 0]);
	});

	it('does not share its time with another trigger', async () => {
		await call('create');
		url += '/2';
		expect(await call('create')).toEqual(FIRST_CREATE);
	});
});

describe('an unpublication', () => {
	it('has 15 seconds, since n8n 1.x tries once', async () => {
		expect(await call('delete')).toEqual(FIRST_DELETE);
		expect(await call('delete')).toEqual([5_000, 0]);
		expect(await call('delete')).toEqual([5_000, 0]);
	});

	it('takes no time from the publication that follows', async () => {
		await call('delete', { takes: 100, succeeds: true });
		expect(await call('create')).toEqual(FIRST_CREATE);
	});
});
