import { describe, expect, it } from '@jest/globals';

import type { KliqSimulator } from '../../support/simulator';
import { call, simulator } from './helpers';

function seed(kliq: KliqSimulator, count: number): string[] {
	return Array.from(
		{ length: count },
		(_, i) => kliq.seedSubscription({ url: `http://a.example/${i}`, events: ['cv.job.failed'] }).id,
	);
}

async function page(kliq: KliqSimulator, query: Record<string, string>) {
	const { status, json } = await call(kliq, 'GET', `/webhooks?${new URLSearchParams(query)}`);
	return { status, ids: json.data.map(({ id }) => id), cursor: json.cursor };
}

describe('pages', () => {
	it('returns 20 by default, and the rest by the cursor', async () => {
		const kliq = await simulator();
		const ids = seed(kliq, 25);

		const first = await page(kliq, {});
		const second = await page(kliq, { cursor: first.cursor.next });

		expect(first).toEqual({
			status: 200,
			ids: ids.slice(0, 20),
			cursor: { next: expect.any(String), hasMore: true },
		});
		expect(second.ids).toEqual(ids.slice(20));
		expect(second.cursor).toEqual({ next: null, hasMore: false });
	});

	it('says there is no more on a page that is just full', async () => {
		const kliq = await simulator();
		seed(kliq, 20);

		expect((await page(kliq, {})).cursor).toEqual({ next: null, hasMore: false });
	});

	it.each([
		['1', 1],
		['100', 100],
	])('takes a limit of %s', async (limit, length) => {
		const kliq = await simulator();
		seed(kliq, 101);

		expect((await page(kliq, { limit })).ids).toHaveLength(length);
	});

	it.each(['0', '101', '-1', '2.5', 'ten', ''])('refuses a limit of "%s"', async (limit) => {
		const kliq = await simulator();

		expect((await call(kliq, 'GET', `/webhooks?limit=${limit}`)).status).toBe(400);
	});

	it.each(['', 'x', 'YWZ0ZXI6eA', '1&cursor=2'])('refuses a cursor of "%s"', async (cursor) => {
		const kliq = await simulator();

		expect((await call(kliq, 'GET', `/webhooks?cursor=${cursor}`)).status).toBe(400);
	});

	it('misses nothing when what the cursor stands on is deleted between two pages', async () => {
		const kliq = await simulator();
		const ids = seed(kliq, 4);
		const first = await page(kliq, { limit: '2' });

		await call(kliq, 'DELETE', `/webhooks/${ids[1]}`);

		expect((await page(kliq, { cursor: first.cursor.next })).ids).toEqual(ids.slice(2));
	});

	it('has the configured page sizes', async () => {
		const kliq = await simulator({ pageLimits: { default: 3, max: 5 } });
		seed(kliq, 6);

		expect((await page(kliq, {})).ids).toHaveLength(3);
		expect((await page(kliq, { limit: '5' })).ids).toHaveLength(5);
		expect((await call(kliq, 'GET', '/webhooks?limit=6')).status).toBe(400);
	});

	it('returns less than requested under a cap', async () => {
		const kliq = await simulator({ pageLimits: { cap: 2 } });
		seed(kliq, 3);

		const { ids, cursor } = await page(kliq, { limit: '100' });

		expect(ids).toHaveLength(2);
		expect(cursor.hasMore).toBe(true);
	});

	it('answers a bare array of everything in the array shape', async () => {
		const kliq = await simulator({ listShape: 'array' });
		const ids = seed(kliq, 25);

		const { json } = await call(kliq, 'GET', '/webhooks?limit=1');

		expect(json).toMatchObject(ids.map((id) => ({ id })));
		expect(json).toHaveLength(25);
	});

	it('repeats the cursor until the fault is cleared', async () => {
		const kliq = await simulator();
		const ids = seed(kliq, 5);
		kliq.faults.cursorRepeats = true;

		const first = await page(kliq, { limit: '2' });
		const second = await page(kliq, { limit: '2', cursor: first.cursor.next });
		const third = await page(kliq, { limit: '2', cursor: second.cursor.next });

		expect(first.ids).toEqual(ids.slice(0, 2));
		expect(second.ids).toEqual(ids.slice(2, 4));
		expect(third).toEqual(second);
		expect(second.cursor).toEqual({ next: first.cursor.next, hasMore: true });

		kliq.faults.clear();
		const { cursor } = await page(kliq, { limit: '3', cursor: first.cursor.next });
		expect(cursor).toEqual({ next: null, hasMore: false });
	});
});
