import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { reconcile } from '../../nodes/Kliq/trigger/subscription/reconciler';
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
jest.mock('../../nodes/Kliq/trigger/subscription/checkInterval', () => ({
	CHECK_INTERVAL_MS: 600,
	FIRST_CHECKS_INTERVAL_MS: 60,
	MAX_LIST_LAG_MS: 30,
	MIN_REPLACEMENT_INTERVAL_MS: 3_600,
}));

const { sleep } = jest.requireActual<{ sleep: typeof mockSleep }>('n8n-workflow');
const { create, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;
const EVENTS = ['visit.submitted'];
const DELAY_MS = 150;

let kliq: KliqSimulator;
let node: NodeUnderTest;
let told: Error[];
let logLines: string[];
let stop: () => Promise<void>;

useSimulator((started) => (kliq = started));

beforeEach(async () => {
	mockSleep.mockImplementation(sleep);
	told = [];
	node = new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: EVENTS, respond: 'onReceived' },
		credential: kliqCredential(kliq),
		webhookId: randomUUID(),
	});
	logLines = captureLogLines(node);
	await create.call(node.hooks());
	// n8n's other half, whose own checks never come.
	mockSleep.mockReturnValue(new Promise(() => {}));
	stop = (await new KliqTrigger().trigger.call(node.trigger(told))).closeFunction!;
	mockSleep.mockImplementation(sleep);
	kliq.requests.length = 0;
});

afterEach(async () => {
	await stop();
	jest.restoreAllMocks();
});

const check = async (isN8nV1 = false) => await reconcile(node.trigger(told, { isN8nV1 }));

/** Starts a check that heals. @returns its end, once KLIQ has received its first request of a method */
const checkUntil = async (method: string, isN8nV1?: boolean, status?: number) => {
	kliq.disable(kliq.subscriptions()[0].id);
	kliq.faults.next({ method, delayMs: DELAY_MS, status });
	const checking = check(isN8nV1);
	while (requestsWith(kliq, method).length === 0) await setImmediate();
	return { checking };
};

describe.each(['GET', 'POST', 'DELETE'])('while a health check waits for a %s,', (method) => {
	it.each(['beside', 'before'])(
		'unpublishing leaves nothing: n8n stops the trigger %s it',
		async (when) => {
			const { checking } = await checkUntil(method);
			if (when === 'before') await stop();
			await Promise.all([unsubscribe.call(node.hooks()), stop()]);
			await checking;
			expect(kliq.subscriptions()).toEqual([]);
			expect(node.staticData).toEqual({});
			expect(told).toEqual([]);
		},
	);

	it('unpublishing leaves nothing on n8n 1.x, which stops the trigger later', async () => {
		const { checking } = await checkUntil(method, true);
		await unsubscribe.call(node.hooks());
		await checking;
		expect(kliq.subscriptions()).toEqual([]);
		expect(told).toEqual([]);
	});

	it('publishing anew leaves the new one', async () => {
		const { checking } = await checkUntil(method);
		await Promise.all([unsubscribe.call(node.hooks()), stop()]);
		await create.call(node.hooks());
		await checking;
		expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId, live: true }]);
	});

	it('a change of leader leaves one, as it was or healed', async () => {
		const { checking } = await checkUntil(method);
		await stop();
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

it('publishing anew waits for the end of a check of the publication before', async () => {
	kliq.disable(kliq.subscriptions()[0].id);
	kliq.faults.next({ method: 'DELETE', delayMs: 5 * DELAY_MS });
	const checking = check();
	while (requestsWith(kliq, 'DELETE').length === 0) await setImmediate();
	let hasEnded = false;
	void checking.then(() => (hasEnded = true));
	await Promise.all([unsubscribe.call(node.hooks()), stop()]);
	expect(hasEnded).toBe(false);
	await create.call(node.hooks());
	expect(hasEnded).toBe(true);
	expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId, live: true }]);
});

it('a check does nothing while `create` is at work', async () => {
	const events = ['visit.submitted', 'cv.job.failed'];
	const edited = new NodeUnderTest(new KliqTrigger(), {
		parameters: { events, respond: 'onReceived' },
		credential: node.credentials.values,
		webhookId: node.webhookUrl.split('/').at(-2),
		staticData: node.staticData,
	});
	kliq.faults.next({ method: 'POST', delayMs: DELAY_MS });
	const creating = create.call(edited.hooks());
	while (requestsWith(kliq, 'POST').length === 0) await setImmediate();
	expect(await check()).toBe(false);
	await creating;
	expect(kliq.subscriptions()).toMatchObject([{ id: edited.staticData.webhookId, events }]);
	expect(requestsWith(kliq, 'POST')).toHaveLength(1);
});

it('a list that fails after unpublishing is not reported', async () => {
	const { checking } = await checkUntil('GET', false, 401);
	await stop();
	await checking;
	expect([told, logLines]).toEqual([[], []]);
});

it('a POST that is under way when n8n stops the trigger is undone by the check itself', async () => {
	const { checking } = await checkUntil('POST');
	const [first] = kliq.subscriptions();
	await stop();
	await checking;
	expect(kliq.subscriptions()).toEqual([first]);
	expect([told, logLines]).toEqual([[], []]);
});

it.each([
	['publishing', false],
	['listening for a test event', true],
])(
	'%s that begins while the one before it still ends keeps its subscription',
	async (_what, isTest) => {
		const hooks = () => node.hooks({ isTest });
		if (isTest) await create.call(hooks());
		const url = hooks().getNodeWebhookUrl('default')!;
		kliq.requests.length = 0;
		kliq.faults.next({ method: 'GET', delayMs: DELAY_MS });
		const ending = unsubscribe.call(hooks());
		while (requestsWith(kliq, 'GET').length === 0) await setImmediate();
		await create.call(hooks());
		await ending;
		const left = kliq.subscriptions().filter((each) => each.url.startsWith(`${url}?`));
		expect(left).toMatchObject([{ id: node.staticData.webhookId, live: true }]);
		await unsubscribe.call(hooks());
	},
);

it('a POST whose answer is lost while the workflow is unpublished leaves nothing', async () => {
	kliq.disable(kliq.subscriptions()[0].id);
	kliq.faults.next({ method: 'POST', delayMs: DELAY_MS, cut: 'after' });
	const checking = check();
	while (requestsWith(kliq, 'POST').length === 0) await setImmediate();
	await Promise.all([unsubscribe.call(node.hooks()), stop()]);
	await checking;
	while (kliq.subscriptions().length > 0) await setImmediate();
	expect(told).toEqual([]);
});

it('a lost answer is not looked for where the workflow is published again', async () => {
	kliq.disable(kliq.subscriptions()[0].id);
	kliq.faults.next({ method: 'POST', cut: 'after' });
	await check();
	await Promise.all([unsubscribe.call(node.hooks()), stop()]);
	await create.call(node.hooks());
	await sleep(10 * DELAY_MS);
	expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId, live: true }]);
});

it('a lost answer that is being looked for leaves what is published meanwhile', async () => {
	kliq.disable(kliq.subscriptions()[0].id);
	kliq.faults.next({ method: 'POST', cut: 'after' });
	await check();
	kliq.requests.length = 0;
	for (const delayMs of [0, DELAY_MS]) kliq.faults.next({ method: 'GET', delayMs });
	await Promise.all([unsubscribe.call(node.hooks()), stop()]);
	while (requestsWith(kliq, 'GET').length < 2) await setImmediate();
	await create.call(node.hooks());
	await sleep(3 * DELAY_MS);
	expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId, live: true }]);
});

it('what a lost answer may have left, and cannot be looked for, is named in the log', async () => {
	kliq.faults.next({ method: 'POST', cut: 'after' });
	kliq.disable(kliq.subscriptions()[0].id);
	await check();
	kliq.settings.deviations.listsNew = true;
	await Promise.all([unsubscribe.call(node.hooks()), stop()]);
	kliq.revokeKey(kliq.apiKey);
	while (!logLines.some((line) => line.includes('was stopped while'))) await setImmediate();
	expect(logLines.at(-1)).toContain(
		`KLIQ may still hold a webhook subscription to ${node.webhookUrl}`,
	);
});

it('a second subscription is deleted, and the owner not told, if the workflow is unpublished meanwhile', async () => {
	kliq.seedSubscription({ url: node.webhookUrl, events: EVENTS });
	kliq.faults.next({ method: 'DELETE', delayMs: DELAY_MS });
	const checking = check();
	while (requestsWith(kliq, 'DELETE').length === 0) await setImmediate();
	await Promise.all([unsubscribe.call(node.hooks()), stop()]);
	await checking;
	expect(kliq.subscriptions()).toEqual([]);
	expect(told).toEqual([]);
});
