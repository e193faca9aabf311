import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { checkHealth } from '../../nodes/Kliq/trigger/healthCheck';
import { kliqCredential } from '../support/kliqCredential';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest } from '../support/n8nCore/node';
import { requestsWith } from '../support/requestLog';
import type { KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

const mockSleep = jest.fn<(milliseconds: number) => Promise<void>>();

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async (milliseconds: number) => await mockSleep(milliseconds),
}));

// No test here waits for an interval, but each for the lag that a list may have, which is a part of it.
jest.mock('../../nodes/Kliq/trigger/checkInterval', () => ({ CHECK_INTERVAL_MS: 600 }));

const { sleep } = jest.requireActual<{ sleep: typeof mockSleep }>('n8n-workflow');
const { checkExists, create, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;
const EVENTS = ['visit.submitted'];
const DELAY_MS = 150;

let kliq: KliqSimulator;
let node: NodeUnderTest;
let told: Error[];
let logLines: string[];
let isStopped: boolean;

useSimulator((started) => (kliq = started));

beforeEach(async () => {
	mockSleep.mockImplementation(sleep);
	told = [];
	isStopped = false;
	node = new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: EVENTS, respond: 'onReceived' },
		credential: kliqCredential(kliq),
		webhookId: randomUUID(),
	});
	logLines = captureLogLines(node);
	await create.call(node.hooks());
	kliq.requests.length = 0;
});

afterEach(() => void jest.restoreAllMocks());

const check = async (isN8nV1 = false) => {
	const context = node.trigger(told, { isN8nV1 });
	await checkHealth(context, { events: EVENTS, isStopped: () => isStopped });
};

/** Starts a check that heals. @returns its end, once KLIQ has received its first request of a method */
const checkUntil = async (method: string, isN8nV1?: boolean, status?: number) => {
	kliq.disable(kliq.subscriptions()[0].id);
	kliq.faults.next({ method, delayMs: DELAY_MS, status });
	const checking = check(isN8nV1);
	while (requestsWith(kliq, method).length === 0) await setImmediate();
	return { checking };
};

describe.each(['GET', 'POST', 'DELETE'])('while a health check waits for a %s,', (method) => {
	const howToWait: Array<[string, (milliseconds: number) => Promise<void>]> = [
		['', sleep],
		[' and waits no longer for the check', async () => {}],
	];

	it.each(howToWait)('unpublishing leaves nothing%s', async (_how, howToSleep) => {
		const { checking } = await checkUntil(method, true);
		mockSleep.mockImplementation(howToSleep);
		await unsubscribe.call(node.hooks());
		await checking;
		expect(kliq.subscriptions()).toEqual([]);
		expect(node.staticData).toEqual({});
		// n8n 1.x would publish the workflow again.
		expect(told).toEqual([]);
	});

	it.each(howToWait)('publishing anew leaves the new one%s', async (_how, howToSleep) => {
		const { checking } = await checkUntil(method);
		mockSleep.mockImplementation(howToSleep);
		await unsubscribe.call(node.hooks());
		await create.call(node.hooks());
		await checking;
		expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId, live: true }]);
	});

	it('a change of leader leaves one, as it was or healed', async () => {
		const { checking } = await checkUntil(method);
		isStopped = true;
		await checking;
		expect(kliq.subscriptions()).toMatchObject([{ live: method === 'DELETE' }]);
		expect(told).toEqual([]);
	});

	it('another check of the trigger does nothing', async () => {
		const { checking } = await checkUntil(method);
		await Promise.all([check(), check()]);
		await checking;
		expect(kliq.subscriptions()).toMatchObject([{ live: true }]);
		expect(kliq.requests.map((request) => request.method)).toEqual(['GET', 'POST', 'DELETE']);
		expect(told).toHaveLength(1);
	});
});

it('a list from before a new subscription is not acted on', async () => {
	const { checking } = await checkUntil('GET');
	// The answer is from before `create`.
	kliq.settings.deviations.listLagMs = 60_000;
	await create.call(node.hooks());
	await checking;
	expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId, live: true }]);
	expect(requestsWith(kliq, 'POST')).toHaveLength(1);
	expect(told).toEqual([]);
});

it('a list that fails after unpublishing is not reported', async () => {
	const { checking } = await checkUntil('GET', false, 401);
	isStopped = true;
	await checking;
	expect([told, logLines]).toEqual([[], []]);
});

it('what cannot be undone after unpublishing is named in the log', async () => {
	const { checking } = await checkUntil('POST');
	isStopped = true;
	kliq.faults.next({ method: 'DELETE', status: 403 });
	await checking;
	const [, left] = kliq.subscriptions();
	expect(logLines).toEqual([
		expect.stringMatching(
			new RegExp(`^error: .*was stopped while it subscribed anew.*${left.id}.*not allowed`),
		),
	]);
	expect(told).toEqual([]);
});

it('a second subscription is deleted, and the owner not told, if the workflow is unpublished meanwhile', async () => {
	kliq.seedSubscription({ url: node.webhookUrl, events: EVENTS });
	kliq.faults.next({ method: 'DELETE', delayMs: DELAY_MS });
	const checking = check(true);
	while (requestsWith(kliq, 'DELETE').length === 0) await setImmediate();
	await unsubscribe.call(node.hooks());
	await checking;
	expect(kliq.subscriptions()).toEqual([]);
	expect(told).toEqual([]);
	expect(logLines).toEqual([
		expect.stringMatching(
			/^warn: .*was stopped while it looked after its subscription: There was a second/,
		),
	]);
});

describe('on n8n 1.x, a workflow that is unpublished before the reactivation after a report', () => {
	beforeEach(async () => {
		kliq.disable(kliq.subscriptions()[0].id);
		await check(true);
		expect(told).toHaveLength(1);
	});

	it('waits for it, which does not subscribe again', async () => {
		const unpublishing = unsubscribe.call(node.hooks());
		await sleep(DELAY_MS);
		expect(kliq.subscriptions()).toHaveLength(1);
		expect(await checkExists.call(node.hooks())).toBe(true);
		await unpublishing;
		expect(kliq.subscriptions()).toEqual([]);
		expect(node.staticData).toEqual({});

		await check(true);
		expect(kliq.subscriptions()).toEqual([]);
	});

	it('is unsubscribed all the same where it never comes', async () => {
		mockSleep.mockImplementation(async () => {});
		await unsubscribe.call(node.hooks());
		expect(kliq.subscriptions()).toEqual([]);
		expect(await checkExists.call(node.hooks())).toBe(false);
	});
});
