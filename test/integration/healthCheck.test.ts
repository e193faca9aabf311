import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NodeApiError } from 'n8n-workflow';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { deriveSecret, fingerprintOf } from '../../nodes/Kliq/subscriptions/secret';
import { CHECK_INTERVAL_MS } from '../../nodes/Kliq/trigger/checkInterval';
import { checkHealth } from '../../nodes/Kliq/trigger/healthCheck';
import { forgetState } from '../../nodes/Kliq/trigger/subscriptionState';
import { kliqCredential } from '../support/kliqCredential';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { hang, respondInstead } from '../support/n8nCore/respondInstead';
import { linkClock, slept, useVirtualTime, virtualSleep } from '../support/n8nCore/virtualTime';
import { requestsWith } from '../support/requestLog';
import {
	manualClock,
	type Fault,
	type KliqSimulator,
	type Liveness,
	type StoredSubscription,
} from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

const { checkExists, create, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;
const EVENTS = ['cv.job.completed', 'cv.job.failed'];

let kliq: KliqSimulator;
let node: NodeUnderTest;
let webhookId: string;
/** Subscriptions that nothing may ever touch. */
let foreign: StoredSubscription[];
/** What the owner has been told. */
let told: NodeApiError[];
let logLines: string[];

useVirtualTime();
useSimulator(
	(started) => (kliq = started),
	() => ({ clock: linkClock(manualClock()) }),
);

beforeEach(() => {
	webhookId = randomUUID();
	told = [];
	node = trigger();
	logLines = captureLogLines(node);
	foreign = ['https://elsewhere.example.com/', `${node.webhookUrl}/2`].map((url) =>
		kliq.seedSubscription({ url, events: EVENTS }),
	);
});

afterEach(() => {
	jest.restoreAllMocks();
	expect(kliq.subscriptions()).toEqual(expect.arrayContaining(foreign));
});

const trigger = (more: Partial<NodeSetup> = {}) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: EVENTS, respond: 'onReceived' },
		credential: kliqCredential(kliq),
		webhookId,
		...more,
	});

const publish = async () => {
	if (!(await checkExists.call(node.hooks()))) await create.call(node.hooks());
};

/** n8n starts anew: the process has forgotten everything, static data and credential are as they were. */
const restart = async (more: Partial<NodeSetup> = {}) => {
	forgetState(node.webhookUrl);
	node = trigger({ staticData: node.staticData, credential: node.credentials.values, ...more });
	expect(await checkExists.call(node.hooks({ activation: 'init' }))).toBe(true);
};

const checkNow = async ({ events = EVENTS, isN8nV1 = false, isHanging = false } = {}) => {
	const context = node.trigger(told, { isN8nV1 });
	if (isHanging) respondInstead(context, hang);
	await checkHealth(context, { events, isStopped: () => false });
};

/** So many health checks, each after an interval. */
const check = async (times: number, options: Parameters<typeof checkNow>[0] = {}) => {
	for (let each = 0; each < times; each++) {
		await virtualSleep(CHECK_INTERVAL_MS);
		await checkNow(options);
	}
};

/** The subscriptions that are not `foreign`. */
const ours = () =>
	kliq.subscriptions().filter(({ id }) => !foreign.some((other) => other.id === id));

const seedOurs = (more = {}) =>
	kliq.seedSubscription({ url: node.webhookUrl, events: EVENTS, ...more });

/** Exactly one active subscription, with what the trigger needs. @returns its ID */
const expectHealthy = (events = EVENTS): string => {
	const { apiKey, signingSecret } = node.credentials.values as Record<string, string>;
	const secret = signingSecret || deriveSecret(apiKey, webhookId);
	expect(ours()).toEqual([
		expect.objectContaining({ url: node.webhookUrl, events, live: true, secret }),
	]);
	return ours()[0].id;
};

const deletedIds = () => requestsWith(kliq, 'DELETE').map(({ path }) => path.split('/').at(-1));

const posts = () => requestsWith(kliq, 'POST').length;

const changeCredential = (more: Record<string, string>) => {
	node.credentials.values = { ...node.credentials.values, ...more };
};

describe('a subscription in order', () => {
	it('is left alone, and the owner hears nothing', async () => {
		await publish();
		const before = ours();
		kliq.requests.length = 0;
		await check(3);
		await restart();
		await check(3);
		expect(ours()).toEqual(before);
		expect(new Set(kliq.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
		expect([told, logLines]).toEqual([[], []]);
	});

	it('is not looked at before it was published, nor after', async () => {
		await check(1);
		await publish();
		await unsubscribe.call(node.hooks());
		kliq.requests.length = 0;
		await check(1);
		expect(kliq.requests).toEqual([]);
	});

	it('is not looked at while n8n starts and has not said that it is published', async () => {
		await publish();
		forgetState(node.webhookUrl);
		kliq.requests.length = 0;
		await check(1);
		expect(kliq.requests).toEqual([]);
	});
});

describe('a subscription that is', () => {
	const turnOff = (liveness: Liveness, settings = {}) => {
		Object.assign(kliq.settings, { liveness, ...settings });
		kliq.disable(ours()[0].id);
	};

	const OFF = 'KLIQ had switched the webhook subscription off';
	const CHANGED = 'The KLIQ API credential has changed';

	it.each<[string, () => unknown, string]>([
		['off, told by active', () => turnOff('active'), OFF],
		['off, told by enabled', () => turnOff('enabled'), OFF],
		['off, told by disabled', () => turnOff('disabled'), OFF],
		['off, told by status', () => turnOff('status', { offStatus: ' Paused' }), OFF],
		['deleted', () => kliq.remove(ours()[0].id), 'The webhook subscription was gone'],
		[
			'deleted, told after a restart',
			async () => {
				kliq.remove(ours()[0].id);
				await restart();
			},
			'The webhook subscription was gone',
		],
		['doubled', () => seedOurs(), 'There was a second webhook subscription'],
		[
			'off with a double that is on',
			() => {
				seedOurs();
				turnOff('active');
			},
			OFF,
		],
		['made with another API key', () => changeCredential({ apiKey: kliq.addKey() }), CHANGED],
		[
			'made without the Signing Secret',
			() => changeCredential({ signingSecret: 'whsec_a' }),
			CHANGED,
		],
		[
			'made with a Signing Secret that was removed',
			async () => {
				changeCredential({ signingSecret: 'whsec_a' });
				await check(7);
				told.length = 0;
				logLines.length = 0;
				changeCredential({ signingSecret: '' });
			},
			CHANGED,
		],
		[
			'at an earlier URL',
			async () => {
				await restart({ publicUrl: 'http://127.0.0.1:5679' });
			},
			'n8n’s address has changed',
		],
		[
			'forgotten by static data',
			async () => await restart({ staticData: {} }),
			'The signing secret of the webhook subscription was unknown',
		],
		[
			'remembered without a fingerprint',
			async () => await restart({ staticData: { webhookId: ours()[0].id, url: node.webhookUrl } }),
			'The signing secret of the webhook subscription was unknown',
		],
	])('%s is healed by one check, and the owner told once', async (_what, damage, message) => {
		await publish();
		await damage();
		await check(1);
		const id = expectHealthy();
		expect(told.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
		expect(told[0].description).toMatch(/^(The last health check .* at 2026-|It happened before)/);

		await check(9);
		expect(expectHealthy()).toBe(id);
		expect(told).toMatchObject([{ node: { name: 'KLIQ Trigger' } }]);
		expect(logLines).toEqual([expect.stringMatching(new RegExp(`^warn: .*${message}`))]);
		const deleted = deletedIds();
		expect(deleted).toEqual([...new Set(deleted)]);
		expect(deleted).not.toContain('undefined');
	});

	it('for other events is healed by one check, and the owner told once', async () => {
		await publish();
		await check(3, { events: ['visit.submitted'] });
		expectHealthy(['visit.submitted']);
		expect(told.map(({ message }) => message)).toEqual([
			expect.stringContaining('was for other events'),
		]);
	});

	it.each(['ok', 'degraded', ''])(
		'“%s” by its status, which nobody knows, is left alone',
		async (offStatus) => {
			await publish();
			const [{ id }] = ours();
			turnOff('status', { offStatus, activeStatus: 'ok' });
			await check(2);
			expect(ours()).toMatchObject([{ id }]);
			expect(told).toEqual([]);
		},
	);

	it('said to be in order in between is news when it is off again', async () => {
		await publish();
		for (let outage = 1; outage <= 2; outage++) {
			kliq.disable(ours()[0].id);
			await check(7);
			expectHealthy();
			expect(told).toHaveLength(outage);
			expect(told.at(-1)!.description).toMatch(
				/^The last health check that found everything in order was at 2026-01-01T/,
			);
		}
		expect(deletedIds()).toEqual([...new Set(deletedIds())]);
		expect(deletedIds()).toHaveLength(2);
	});
});

describe('on n8n 1.x', () => {
	it('the owner is told once, and the workflow’s reactivation keeps what the check has made', async () => {
		await publish();
		const { staticData } = node;
		kliq.disable(ours()[0].id);
		await check(1, { isN8nV1: true });
		const id = expectHealthy();
		expect(told).toHaveLength(1);

		// n8n reads the workflow from its database, which has not heard of the health check.
		node = trigger({ staticData });
		const before = kliq.requests.length;
		expect(await checkExists.call(node.hooks({ activation: 'init' }))).toBe(true);
		expect(node.staticData).toEqual({
			webhookId: id,
			url: node.webhookUrl,
			fingerprint: fingerprintOf(deriveSecret(kliq.apiKey, webhookId), kliq.apiKey),
		});
		expect(kliq.requests).toHaveLength(before);

		await check(3, { isN8nV1: true });
		expect(expectHealthy()).toBe(id);
		expect(told).toHaveLength(1);

		// Only the reactivation needs no look at KLIQ.
		kliq.remove(id);
		expect(await checkExists.call(node.hooks())).toBe(false);
	});
});

describe('trouble with KLIQ', () => {
	const troubles: Array<[string, Omit<Fault, 'method'>, 'told' | 'logged']> = [
		['503', { status: 503 }, 'logged'],
		['429', { status: 429, headers: { 'retry-after': '3600' } }, 'logged'],
		['401', { status: 401 }, 'told'],
		['403', { status: 403 }, 'told'],
		['a web page', { status: 200, body: '<html>Sign in</html>' }, 'logged'],
		['a web page with 403', { status: 403, body: '<html>Sign in</html>' }, 'logged'],
		['no answer', { cut: 'before' }, 'logged'],
	];
	const cases = ['GET', 'POST'].flatMap((method) =>
		troubles.map(([what, fault, outcome]) => ({ method, what, fault, outcome })),
	);

	it.each(cases)(
		'changes nothing and is $outcome once, until a later check heals: $what to $method',
		async ({ method, fault, outcome }) => {
			await publish();
			kliq.disable(ours()[0].id);
			const before = kliq.subscriptions();
			kliq.faults.next({ ...fault, method, times: 1_000 });
			await check(3);
			expect(kliq.subscriptions()).toEqual(before);
			expect(requestsWith(kliq, 'DELETE')).toEqual([]);
			expect(told).toHaveLength(outcome === 'told' ? 1 : 0);
			expect(logLines).toEqual([expect.stringMatching(/^warn: /)]);

			kliq.faults.clear();
			await check(1);
			expectHealthy();
			expect(told.at(-1)!.message).toContain('KLIQ had switched the webhook subscription off');
		},
	);

	it('ends within its own time when KLIQ hangs', async () => {
		await publish();
		const before = kliq.subscriptions();
		for (let each = 0; each < 3; each++) {
			await virtualSleep(CHECK_INTERVAL_MS);
			const begun = performance.now();
			await checkNow({ isHanging: true });
			expect(performance.now() - begun).toBeLessThan(121_000);
		}
		expect(kliq.subscriptions()).toEqual(before);
		expect(told).toEqual([]);
		expect(logLines).toEqual([expect.stringMatching(/^warn: .*did not answer in time/)]);
		await check(1);
		expectHealthy();
	});

	it('by a key that was revoked is told once; the new key needs no second message', async () => {
		await publish();
		kliq.revokeKey(kliq.apiKey);
		await check(3);
		expect(told.map(({ message }) => message)).toEqual([
			'KLIQ Trigger cannot look after its webhook subscription: KLIQ did not accept the API key',
		]);
		changeCredential({ apiKey: kliq.addKey() });
		await check(3);
		expectHealthy();
		expect(told).toHaveLength(1);
	});

	it('by a credential that was deleted is told once, with what to do', async () => {
		await publish();
		const { values } = node.credentials;
		node.credentials.values = undefined;
		await check(3);
		expect(told).toEqual([
			expect.objectContaining({
				message: expect.stringContaining('does not exist'),
				description: expect.stringContaining('choose a KLIQ API credential'),
			}),
		]);
		node.credentials.values = values;
		await check(2);
		expectHealthy();
		expect(told).toHaveLength(1);
	});

	it.each<[string, Fault]>([
		['loses the answer to a POST', { method: 'POST', cut: 'after' }],
		['refuses to delete the old one', { method: 'DELETE', status: 403 }],
	])('that %s leaves one subscription after the next check', async (_what, fault) => {
		await publish();
		kliq.disable(ours()[0].id);
		kliq.faults.next(fault);
		await check(1);
		expect(ours()).toHaveLength(2);
		await check(1);
		expectHealthy();
	});

	it('of the network between KLIQ and n8n is told: KLIQ cannot reach a local address', async () => {
		await publish();
		changeCredential({ baseUrl: 'https://api.kliqpulse.com/v1' });
		const context = node.trigger(told);
		respondInstead(context, () => ({ statusCode: 200, headers: {}, body: { data: [] } }));
		await virtualSleep(CHECK_INTERVAL_MS);
		for (let each = 0; each < 2; each++) {
			await checkHealth(context, { events: EVENTS, isStopped: () => false });
		}
		expect(told.map(({ message }) => message)).toEqual([
			expect.stringContaining('KLIQ cannot reach this n8n'),
		]);
	});
});

describe('a list', () => {
	it('that lags by 1.5 seconds causes nothing, neither after publishing nor after healing', async () => {
		kliq.settings.deviations.listLagMs = 1_500;
		await publish();
		await checkNow();
		await virtualSleep(6_000);
		await checkNow();
		expect(posts()).toBe(1);

		await virtualSleep(CHECK_INTERVAL_MS);
		kliq.disable(ours()[0].id);
		await check(10);
		expectHealthy();
		expect(posts()).toBe(2);
		expect(told).toHaveLength(1);
		await unsubscribe.call(node.hooks());
		expect(ours()).toEqual([]);
	});

	it.each(['rewritten', 'hidden'] as const)(
		'with URLs %s is read by the remembered ID, also after a restart',
		async (shownUrl) => {
			kliq.settings.deviations.shownUrl = shownUrl;
			await publish();
			await check(3);
			await restart();
			await check(3);
			expect([posts(), told]).toEqual([1, []]);

			kliq.disable(ours()[0].id);
			await check(10);
			expectHealthy();
			expect(posts()).toBe(2);
			expect(told).toHaveLength(1);
			await unsubscribe.call(node.hooks());
			expect(ours()).toEqual([]);
		},
	);

	it.each<[string, () => unknown]>([
		['in order', () => {}],
		['off', () => kliq.disable(ours()[0].id)],
	])('that has shown a subscription %s is believed when it shows none', async (_how, change) => {
		// Publishing does not find its own in the list.
		kliq.settings.deviations.listLagMs = 1_500;
		await publish();
		await virtualSleep(6_000);
		await change();
		await check(1);
		for (let each = 0; each < 2; each++) {
			kliq.remove(ours()[0].id);
			for (let checks = 0; ours().length === 0 && checks < 8; checks++) await check(1);
			expectHealthy();
		}
	});

	it('that never shows what was made causes at most one more subscription, over ten checks', async () => {
		kliq.settings.deviations.listsNew = false;
		await publish();
		await check(10);
		expectHealthy();
		expect(posts()).toBe(2);
		expect(told).toHaveLength(1);
		expect(logLines.at(-1)).toContain('does not find its webhook subscription in KLIQ’s list');
		await unsubscribe.call(node.hooks());
		expect(ours()).toEqual([]);
	});
});

describe('a subscription that is ended again and again', () => {
	it('is made anew at most once an hour; the owner is told of the outage and of the limit', async () => {
		await publish();
		for (let each = 0; each < 13; each++) {
			for (const { id, live } of ours()) if (live) kliq.disable(id);
			await check(1);
		}
		// At the 1st, 7th and 13th check; the first POST was the publication's.
		expect(posts()).toBe(1 + 3);
		expectHealthy();
		expect(told.map(({ message }) => message)).toEqual([
			expect.stringContaining('KLIQ had switched the webhook subscription off'),
			'KLIQ had switched the webhook subscription off, less than an hour after KLIQ Trigger has subscribed anew',
		]);
		expect(told[1].description).toContain('subscribes anew at most once an hour');
	});
});

describe('a subscription that a health check has made', () => {
	it('is made anew, an hour later, when it was deleted before the next check', async () => {
		await publish();
		kliq.remove(ours()[0].id);
		await check(1);
		kliq.remove(expectHealthy());
		await check(5);
		expect(ours()).toEqual([]);
		await check(1);
		expectHealthy();
	});

	it('moves to a new URL after a restart, though static data has not heard of it', async () => {
		await publish();
		kliq.disable(ours()[0].id);
		await check(1);
		expect(expectHealthy()).not.toBe(node.staticData.webhookId);
		await restart({ publicUrl: 'http://127.0.0.1:5679' });
		await check(1);
		expectHealthy();
	});

	it('leaves what is made at the earlier URL later, by another n8n', async () => {
		await publish();
		const { url } = ours()[0];
		await restart({ publicUrl: 'http://127.0.0.1:5679' });
		await check(1);
		expectHealthy();
		foreign.push(kliq.seedSubscription({ url, events: EVENTS }));
		await check(2);
		expectHealthy();
	});

	it('after a change of the credential is made anew after a restart, with a line in the log', async () => {
		await publish();
		changeCredential({ apiKey: kliq.addKey() });
		await check(1);
		const id = expectHealthy();
		logLines.length = 0;
		await restart();
		await check(1);
		expect(expectHealthy()).not.toBe(id);
		expect(told).toHaveLength(1);
		expect(logLines).toEqual([
			expect.stringMatching(/^warn: .* has subscribed anew: The signing secret .* was unknown/),
		]);
	});
});

describe('starting the health checks', () => {
	it('spreads them at random', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0.5);
		const context = node.trigger(told);
		const register = jest.spyOn(context.helpers, 'registerCron');
		await new KliqTrigger().trigger.call(context);
		expect(slept.total).toBeCloseTo(18_000);
		expect(register.mock.calls[0][0].expression).toBe('0 5-59/10 * * * *');
	});

	it('has none for a test event', async () => {
		const context = node.trigger(told);
		jest.spyOn(context, 'getMode').mockReturnValue('manual');
		const register = jest.spyOn(context.helpers, 'registerCron');
		expect(await new KliqTrigger().trigger.call(context)).toEqual({});
		expect(register).not.toHaveBeenCalled();
	});

	it('checks soon, then in each interval, and not any more once stopped', async () => {
		await publish();
		const crons: Array<() => void> = [];
		const context = node.trigger(told, { crons });
		const register = jest.spyOn(context.helpers, 'registerCron');
		kliq.requests.length = 0;
		const lists = async (count: number) => {
			while (requestsWith(kliq, 'GET').length < count) await new Promise(setImmediate);
		};

		const { closeFunction } = await new KliqTrigger().trigger.call(context);
		expect(register).toHaveBeenCalledTimes(1);
		expect(register.mock.calls[0][0].expression).toMatch(/^[1-5]?\d \d-59\/10 \* \* \* \*$/);
		await lists(1);
		await virtualSleep(CHECK_INTERVAL_MS);
		crons[0]();
		await lists(2);

		await closeFunction!();
		await virtualSleep(CHECK_INTERVAL_MS);
		crons[0]();
		await virtualSleep(1_000);
		expect(kliq.requests).toHaveLength(2);
	});
});
