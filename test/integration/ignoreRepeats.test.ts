import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest, type ExecutionSetup } from '../support/n8nCore/node';
import { ProcessedDataTable } from '../support/n8nCore/processedData';
import { linkClock, slept, useVirtualTime } from '../support/n8nCore/virtualTime';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

const table = ProcessedDataTable.install();

let node: NodeUnderTest;
let executions = 0;

const trigger = (options: object = {}, respond = 'onReceived') =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: [], respond, options: { ignoreRepeats: true, ...options } } as never,
		credential: undefined,
	});

// Before the hooks of virtual time, which stop it.
afterEach(async () => {
	await settled();
	jest.restoreAllMocks();
});

useVirtualTime();

beforeEach(() => {
	table.clear();
	node = trigger();
});

/** Waits until the trigger accesses the table no more. */
async function settled(): Promise<void> {
	for (let accesses = -1; accesses !== table.accesses; ) {
		accesses = table.accesses;
		for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
	}
}

/** Does something at the next pause of the trigger. */
function atNextPause(act: () => void): void {
	slept.onSleep = () => {
		slept.onSleep = undefined;
		act();
	};
}

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
		expect(lines).toEqual(['info: KLIQ Trigger "KLIQ Trigger" ignored a repeated event']);
		expect(await goesOn('evt_2')).toBe(true);
	});

	it('remembers for each trigger by itself', async () => {
		expect(await goesOn('evt_1')).toBe(true);
		expect(await goesOn('evt_1', {}, trigger())).toBe(true);
	});

	it('lets 200 events in a burst through once, in few accesses, and none of their repeats', async () => {
		const ids = all(200);
		expect(await allAtOnce(ids)).toEqual(ids);
		expect(table.accesses).toBeLessThan(20);
		expect(await allAtOnce(ids)).toEqual([]);
	});

	it('lets one of several equal events in a burst through', async () => {
		expect(await allAtOnce(['evt_1', 'evt_1', 'evt_2', 'evt_1'])).toEqual(['evt_1', 'evt_2']);
	});

	it('knows a repeat whose record another process has just overwritten', async () => {
		await goesOn('evt_0');
		await settled();
		let repeat: Promise<boolean> | undefined;
		atNextPause(() => {
			table.loseNewest(2);
			repeat = goesOn('evt_1');
		});
		expect(await goesOn('evt_1')).toBe(true);
		await settled();
		expect(await repeat).toBe(false);
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
		['When Last Node Finishes by an expression', {}, '={{ "lastNode" }}', {}],
		['the option turned off', {}, 'onReceived', { ignoreRepeats: false }],
	])('neither remembers nor ends an event with %s', async (_what, setup, respond, options) => {
		node = trigger(options, respond);
		expect(await goesOn('evt_1', setup)).toBe(true);
		expect(await goesOn('evt_1', setup)).toBe(true);
		expect(table.accesses).toBe(0);
	});

	it.each([undefined, null, '', 7, {}])('lets an event with the ID %j through', async (id) => {
		expect(await goesOn(id)).toBe(true);
		expect(await goesOn(id)).toBe(true);
	});

	it('restores a record that another process has overwritten', async () => {
		await goesOn('evt_0');
		await settled();
		atNextPause(() => table.loseNewest(2));
		expect(await goesOn('evt_1')).toBe(true);
		await settled();
		expect(table.records).toHaveLength(4);
		expect(await goesOn('evt_1')).toBe(false);
	});

	it('looks for a record after 0.1, 1 and 5 seconds, and then no more', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0);
		await goesOn('evt_1');
		await settled();
		expect(table.accesses).toBe(4);
		const betweenAccesses = 4 * 25;
		expect(slept.total).toBe(6_100 + betweenAccesses);
	});

	it.each([
		[1_000, 25],
		[10_000, 250],
	])('that remembers %d events leaves %d ms between accesses', async (eventsToRemember, pause) => {
		node = trigger({ eventsToRemember });
		const pauses: number[] = [];
		linkClock({ advance: async (milliseconds) => void pauses.push(milliseconds) });
		const ids = all(210);
		expect(await allAtOnce(ids)).toEqual(ids);
		expect(pauses.slice(0, 2)).toEqual([pause, pause]);
	});

	it('does not wait for a pause to end when an event arrives', async () => {
		const isBetweenAccesses = (milliseconds: number) => milliseconds < 100;
		const advance = jest.fn(async (milliseconds: number) => {
			if (!isBetweenAccesses(milliseconds)) await new Promise<void>(() => {});
		});
		linkClock({ advance });
		expect(await goesOn('evt_1')).toBe(true);
		await settled();
		expect(advance).toHaveBeenCalledTimes(2);
		expect(await goesOn('evt_2')).toBe(true);
	});

	it('tries again when another process inserts the row at the same time', async () => {
		const lines = captureLogLines(node);
		table.beforeWrite = (key) => {
			table.beforeWrite = undefined;
			table.insert(key, ['event evt_0']);
		};
		expect(await goesOn('evt_1')).toBe(true);
		expect(lines).toEqual([]);
		expect(await goesOn('evt_0')).toBe(false);
		expect(await goesOn('evt_1')).toBe(false);
	});

	it('lets events go on while n8n’s memory fails, with a log line each, and works again afterwards', async () => {
		const lines = captureLogLines(node);
		table.failure = new Error('database is locked\nforged line whsec_secret');
		expect(await allAtOnce(['evt_1', 'evt_2'])).toEqual(['evt_1', 'evt_2']);
		expect(table.accesses).toBe(4);
		const pausesMs = 3 * 25;
		expect(slept.total).toBeGreaterThanOrEqual(pausesMs);
		const line =
			'warn: KLIQ Trigger "KLIQ Trigger" could not remember an event, so a repeat of it would run: Error: database is locked forged line …';
		expect(lines).toEqual([line, line]);
		table.failure = undefined;
		expect(await goesOn('evt_1')).toBe(true);
		expect(await goesOn('evt_1')).toBe(false);
	});

	it('tries four times again after it has once given up', async () => {
		table.failure = new Error('database is locked');
		await goesOn('evt_1');
		table.failure = undefined;
		const lines = captureLogLines(node);
		let failures = 3;
		table.beforeWrite = () => {
			if (failures-- > 0) throw new Error('database is locked');
		};
		expect(await goesOn('evt_1')).toBe(true);
		expect(await goesOn('evt_1')).toBe(false);
		expect(lines.filter((line) => line.startsWith('warn'))).toEqual([]);
	});

	it('tries again after each failed access of a long burst', async () => {
		const lines = captureLogLines(node);
		table.beforeWrite = () => {
			if (table.accesses % 2 === 1) throw new Error('database is locked');
		};
		const ids = all(500);
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

describe('Events to Remember', () => {
	it('keeps the newest events', async () => {
		node = trigger({ eventsToRemember: 100 });
		await goesOn('evt_first');
		await allAtOnce(all(99));
		await settled();
		expect(await goesOn('evt_first')).toBe(false);
		await allAtOnce(all(5, 'evt_more_'));
		await settled();
		expect(await goesOn('evt_first')).toBe(true);
	});

	it('keeps what another process has recorded after a burst of more than it keeps', async () => {
		node = trigger({ eventsToRemember: 100 });
		await allAtOnce(all(300));
		atNextPause(() => table.add(['event evt_other', 'execution 1 evt_other']));
		await settled();
		expect(await goesOn('evt_other')).toBe(false);
	});

	it.each([
		[undefined, 2_000],
		['', 2_000],
		['150', 300],
		['10000', 2_200],
	])('%j: keeps %d records', async (eventsToRemember, records) => {
		node = trigger({ eventsToRemember });
		await allAtOnce(all(1_100));
		expect(table.records).toHaveLength(records);
	});

	it.each([99, 10_001, 150.5, 'many', true, []])('refuses %j', async (eventsToRemember) => {
		node = trigger({ eventsToRemember });
		await expect(goesOn('evt_1')).rejects.toMatchObject({
			message: 'Events to Remember is not a whole number from 100 to 10,000',
			description: expect.stringContaining('Enter such a number under Options of the KLIQ Trigger'),
		});
	});
});
