import { beforeEach, expect, it, jest } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import type { KliqClient } from '../../nodes/Kliq/transport/client';
import { listShared } from '../../nodes/Kliq/trigger/subscription/sharedList';
import { monotonicNow } from '../../nodes/Kliq/utils/monotonicClock';
import { slept, useVirtualTime, virtualSleep } from '../support/n8nCore/virtualTime';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

const INTERVAL_MS = 60_000;

/** When each walk of a list has begun, and what the walks to come end with. */
const walks: number[] = [];
let failure: Error | undefined;
let tenants = 0;

useVirtualTime();

beforeEach(() => {
	walks.length = 0;
	failure = undefined;
	tenants += 1;
});

/** A client whose list holds the time at which the walk began. */
const client = (more: IDataObject = {}) =>
	({
		credentials: {
			baseUrl: 'https://k.example.com',
			tenantId: `t_${tenants}`,
			apiKey: 'key',
			...more,
		},
		async *paginate(resource: string) {
			expect(resource).toBe('webhook');
			const id = walks.push(monotonicNow());
			await new Promise(setImmediate);
			yield { id: `of walk ${id}` };
			if (failure !== undefined) throw failure;
		},
	}) as unknown as KliqClient;

const list = async (notBefore = -Infinity, more: IDataObject = {}) =>
	(await listShared(client(more), notBefore, INTERVAL_MS)).map(({ id }) => id);

it('is read once for 200 callers, those that come later included', async () => {
	const early = Array.from({ length: 100 }, async () => await list());
	jest.advanceTimersByTime(INTERVAL_MS - 1);
	const late = Array.from({ length: 100 }, async () => await list());
	for (const each of await Promise.all([...early, ...late])) expect(each).toEqual(['of walk 1']);
	jest.advanceTimersByTime(1);
	expect(await list()).toEqual(['of walk 2']);
	expect(walks).toHaveLength(2);
});

it('is read again, an interval after the last time, for callers that have changed it since', async () => {
	await list();
	jest.advanceTimersByTime(10_000);
	const changedAt = monotonicNow();
	const [older, ...newer] = await Promise.all([list(), list(changedAt), list(changedAt)]);
	expect(older).toEqual(['of walk 1']);
	expect(newer).toEqual([['of walk 2'], ['of walk 2']]);
	expect(walks[1] - walks[0]).toBeGreaterThanOrEqual(INTERVAL_MS);
	expect(slept.total).toBeGreaterThanOrEqual(INTERVAL_MS - 10_000);
});

it('is not read before the time that a caller names', async () => {
	jest.advanceTimersByTime(1_000);
	const notBefore = monotonicNow() + 5_000;
	expect(await list(notBefore)).toEqual(['of walk 1']);
	expect(walks[0]).toBeGreaterThanOrEqual(notBefore);
	expect(slept.total).toBe(5_000);
	expect(await list(walks[0])).toEqual(['of walk 1']);
	expect(await list(walks[0] + 1)).toEqual(['of walk 2']);
	expect(walks[1] - walks[0]).toBe(INTERVAL_MS);
});

it('is read once for 200 callers when reading it fails', async () => {
	failure = new Error('KLIQ is not working right now');
	const callers = Array.from({ length: 200 }, async () => await list().catch(String));
	expect(new Set(await Promise.all(callers))).toEqual(new Set([String(failure)]));
	expect(walks).toHaveLength(1);

	failure = undefined;
	await virtualSleep(INTERVAL_MS);
	expect(await list()).toEqual(['of walk 2']);
});

it('is another one for another key, tenant or base URL', async () => {
	const lists = [
		await list(),
		await list(-Infinity, { apiKey: 'other' }),
		await list(-Infinity, { tenantId: `t_${tenants}_2` }),
		await list(-Infinity, { baseUrl: 'https://l.example.com' }),
		await list(),
	];
	expect(lists.map(([id]) => id)).toEqual([1, 2, 3, 4, 1].map((walk) => `of walk ${walk}`));
});
