import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest, type ExecutionSetup } from '../support/n8nCore/node';
import { ProcessedDataTable } from '../support/n8nCore/processedData';

const table = ProcessedDataTable.install();

interface TriggerSetup {
	respond?: string;
	type?: KliqTrigger;
	nodeId?: string;
}

let node: NodeUnderTest;
let executions = 0;

const trigger = (
	options: object = {},
	{ respond = 'onReceived', type = new KliqTrigger(), nodeId }: TriggerSetup = {},
) =>
	new NodeUnderTest(type, {
		nodeId,
		parameters: { events: [], respond, options: { ignoreRepeats: true, ...options } } as never,
		credential: undefined,
	});

beforeEach(() => {
	table.clear();
	node = trigger();
});

afterEach(() => void jest.restoreAllMocks());

/** Runs the trigger for an event. @returns whether the event goes on */
async function goesOn(id: unknown, setup: ExecutionSetup = {}, at = node): Promise<boolean> {
	const json = { id, type: 'visit.submitted' } as never;
	const executionId = String((executions += 1));
	const output = await at.execute([{ json }], undefined, {
		mode: 'webhook',
		executionId,
		...setup,
	});
	expect(output).toEqual(output.length === 0 ? [] : [{ json }]);
	return output.length > 0;
}

const all = (count: number, prefix = 'evt_') =>
	Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** @returns the IDs of the events that go on */
async function allAtOnce(ids: string[], at = node): Promise<string[]> {
	const results = await Promise.all(ids.map(async (id) => await goesOn(id, {}, at)));
	return ids.filter((_, index) => results[index]);
}

describe('Ignore Repeats', () => {
	it('lets an event through once, and says why a repeat ends', async () => {
		const lines = captureLogLines(node);
		expect(await goesOn('evt_1')).toBe(true);
		expect(lines).toEqual([]);
		const json = { id: 'evt_1', type: 'visit.submitted' };
		const repeat = node.execution([{ json }], undefined, { mode: 'webhook', executionId: 'r' });
		expect(await new KliqTrigger().execute.call(repeat)).toEqual([[]]);
		expect(repeat.hints).toEqual([
			{
				message:
					'KLIQ has sent this event before, so it ends here (KLIQ Trigger > Options > Ignore Repeats).',
				location: 'outputPane',
			},
		]);
		expect(lines).toEqual(['KLIQ Trigger "KLIQ Trigger" ignored a repeated event']);
		expect(await goesOn('evt_2')).toBe(true);
	});

	it('remembers for each trigger by itself', async () => {
		expect(await goesOn('evt_1')).toBe(true);
		expect(await goesOn('evt_1', {}, trigger())).toBe(true);
	});

	it('lets 200 events in a burst through once, in few accesses, and none of their repeats', async () => {
		const ids = all(200);
		expect(await allAtOnce(ids)).toEqual(ids);
		expect(table.accesses).toBeLessThan(10);
		expect(await allAtOnce(ids)).toEqual([]);
	});

	it('lets one of several equal events in a burst through', async () => {
		expect(await allAtOnce(['evt_1', 'evt_1', 'evt_2', 'evt_1'])).toEqual(['evt_1', 'evt_2']);
	});

	it('lets a repeat in the middle of a burst not through, while its first is being confirmed', async () => {
		const first = goesOn('evt_1');
		while (table.records.length === 0) await new Promise(setImmediate);
		table.loseNewest(2);
		expect(await goesOn('evt_1')).toBe(false);
		expect(await first).toBe(true);
	});

	it('lets an execution through that n8n runs again', async () => {
		expect(await goesOn('evt_1', { executionId: '7' })).toBe(true);
		expect(await goesOn('evt_1', { executionId: '7' })).toBe(true);
		expect(await goesOn('evt_1', { executionId: '8' })).toBe(false);
	});

	it.each<[string, ExecutionSetup, string, object]>([
		['a test event', { mode: 'manual' }, 'onReceived', {}],
		['an execution that a person retries', { mode: 'retry' }, 'onReceived', {}],
		['When Last Node Finishes', {}, 'lastNode', {}],
		['the option turned off', {}, 'onReceived', { ignoreRepeats: false }],
	])('neither remembers nor ends an event with %s', async (_what, setup, respond, options) => {
		node = trigger(options, { respond });
		expect(await goesOn('evt_1', setup)).toBe(true);
		expect(await goesOn('evt_1', setup)).toBe(true);
		expect(table.accesses).toBe(0);
	});

	it.each([undefined, null, '', 7, {}])('lets an event with the ID %j through', async (id) => {
		expect(await goesOn(id)).toBe(true);
		expect(await goesOn(id)).toBe(true);
	});

	it('writes a record again that another process has overwritten, before the event goes on', async () => {
		await goesOn('evt_0');
		const lines = captureLogLines(node);
		const first = goesOn('evt_1');
		while (table.records.length < 4) await new Promise(setImmediate);
		table.loseNewest(2);
		expect(await first).toBe(true);
		expect(lines).toEqual([]);
		expect(await goesOn('evt_1')).toBe(false);
	});

	it('lets events go on that other processes keep overwriting, with a log line', async () => {
		await goesOn('evt_0');
		const lines = captureLogLines(node);
		table.beforeWrite = () => setImmediate(() => table.loseNewest(2));
		expect(await goesOn('evt_1')).toBe(true);
		expect(lines).toEqual([
			'KLIQ Trigger "KLIQ Trigger" could not remember an event, so a repeat of it would run: other n8n processes keep overwriting the record',
		]);
	});

	it('tries again when two processes insert the row at the same time', async () => {
		const nodeId = 'shared';
		node = trigger({}, { nodeId });
		const otherProcess = trigger({}, { nodeId, type: await loadAgain() });
		const ids = all(20);
		const [here, there] = await Promise.all([
			allAtOnce(ids.slice(0, 10)),
			allAtOnce(ids.slice(10), otherProcess),
		]);
		expect([...here, ...there]).toEqual(ids);
		expect(await allAtOnce(ids)).toEqual([]);
	});

	it('lets events go on while n8n’s memory fails, with a log line each, and works again afterwards', async () => {
		const lines = captureLogLines(node);
		table.failure = new Error('database is locked\nforged line whsec_secret');
		expect(await allAtOnce(['evt_1', 'evt_2'])).toEqual(['evt_1', 'evt_2']);
		expect(table.accesses).toBe(4);
		const line =
			'KLIQ Trigger "KLIQ Trigger" could not remember an event, so a repeat of it would run: Error: database is locked forged line …';
		expect(lines).toEqual([line, line]);
		table.failure = undefined;
		expect(await goesOn('evt_1')).toBe(true);
		expect(await goesOn('evt_1')).toBe(false);
	});

	it('tries again after each failed access of a long burst', async () => {
		const lines = captureLogLines(node);
		table.beforeWrite = () => {
			if (table.accesses % 2 === 1) throw new Error('database is locked');
		};
		const ids = all(250);
		expect(await allAtOnce(ids)).toEqual(ids);
		expect(table.accesses).toBeGreaterThan(8);
		expect(lines).toEqual([]);
	});

	it('lets an event go on whose record a failed access has written', async () => {
		table.failureAfterWrite = new Error('connection lost');
		expect(await goesOn('evt_1')).toBe(true);
		expect(await goesOn('evt_1')).toBe(false);
	});
});

describe('Repeats to Remember', () => {
	it('keeps the newest events', async () => {
		node = trigger({ repeatsToRemember: 100 });
		await goesOn('evt_first');
		await allAtOnce(all(99));
		expect(await goesOn('evt_first')).toBe(false);
		await allAtOnce(all(5, 'evt_more_'));
		expect(await goesOn('evt_first')).toBe(true);
	});

	it('confirms each event of a burst of more than it keeps', async () => {
		node = trigger({ repeatsToRemember: 100 });
		const lines = captureLogLines(node);
		await allAtOnce(all(900));
		expect(lines).toEqual([]);
	});

	it.each([
		[undefined, 2_000],
		['', 2_000],
		['150', 300],
	])('%j: keeps %d records', async (repeatsToRemember, records) => {
		node = trigger({ repeatsToRemember });
		await allAtOnce(all(1_100));
		expect(table.records).toHaveLength(records);
	});

	it.each([99, 10_001, 150.5, 'many', true, []])('refuses %j', async (repeatsToRemember) => {
		node = trigger({ repeatsToRemember });
		await expect(goesOn('evt_1')).rejects.toThrow(
			'Repeats to Remember is not a whole number from 100 to 10,000',
		);
	});
});

/** The trigger, loaded a second time, as another process loads it. */
async function loadAgain(): Promise<KliqTrigger> {
	let loaded: KliqTrigger | undefined;
	await jest.isolateModulesAsync(async () => {
		const module = await import('../../nodes/Kliq/KliqTrigger.node');
		loaded = new module.KliqTrigger();
	});
	return loaded!;
}
