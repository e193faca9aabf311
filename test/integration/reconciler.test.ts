import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CredentialDataError } from 'n8n-core';
import type { IHttpRequestOptions, NodeApiError } from 'n8n-workflow';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import {
	CHECK_INTERVAL_MS,
	FIRST_CHECKS_INTERVAL_MS,
} from '../../nodes/Kliq/trigger/subscription/checkInterval';
import { reconcile } from '../../nodes/Kliq/trigger/subscription/reconciler';
import { deriveSecret, keyIdOf } from '../../nodes/Kliq/trigger/subscription/secret';
import { kliqCredential } from '../support/kliqCredential';
import type { InMemoryCredentials } from '../support/n8nCore/credentials';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { TriggerReceiver } from '../support/n8nCore/receiver';
import { hang, networkError, respondInstead } from '../support/n8nCore/respondInstead';
import { linkClock, slept, useVirtualTime, virtualSleep } from '../support/n8nCore/virtualTime';
import { requestsWith } from '../support/requestLog';
import {
	manualClock,
	type Fault,
	type KliqSimulator,
	type Liveness,
	type StoredSubscription,
} from '../support/simulator';
import { signatureOf } from '../support/simulator/deliveries/signature';
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
	addresses = {};
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
	const { values: credential } = node.credentials;
	node = trigger({ staticData: node.staticData, credential, nodeId: randomUUID(), ...more });
	expect(await checkExists.call(node.hooks({ activation: 'init' }))).toBe(true);
};

/** An answer to a probe. */
const answers = (webhookUrl: unknown, statusCode = 200) => ({
	statusCode,
	headers: {},
	body: { webhookUrl },
});

/** What answers to a probe. */
type Answerer = (request: IHttpRequestOptions) => unknown;

/** Where the addresses of this n8n lead, by their beginnings. */
let addresses: Record<string, Answerer>;

/** The probe reads an answer as a stream. */
const asStream = (answer: unknown) => {
	const { body, ...more } = answer as { body: unknown };
	if (body instanceof Readable) return answer;
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return { ...more, body: Readable.from([Buffer.from(text)]) };
};

const checkNow = async ({ isN8nV1 = false, isHanging = false } = {}): Promise<boolean> => {
	const context = node.trigger(told, { isN8nV1 });
	if (isHanging) respondInstead(context, hang);
	jest.spyOn(context.helpers, 'httpRequest').mockImplementation(async (request) => {
		const [, answer] =
			Object.entries(addresses).find(([begin]) => request.url.startsWith(begin)) ?? [];
		return asStream(answer === undefined ? answers(node.webhookUrl) : await answer(request));
	});
	return await reconcile(context);
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

/** Adds a subscription with the node's webhook URL, as a person makes one: without a key ID. */
const seedOurs = (more = {}) =>
	kliq.seedSubscription({ url: node.webhookUrl, events: EVENTS, ...more });

/** Exactly one active subscription, with what the trigger needs. @returns its ID */
const expectHealthy = (events = EVENTS): string => {
	const { apiKey, signingSecret } = node.credentials.values as Record<string, string>;
	const secret = signingSecret || deriveSecret(apiKey, webhookId);
	const url = `${node.webhookUrl}?kid=${keyIdOf(apiKey, secret)}`;
	expect(ours()).toEqual([expect.objectContaining({ url, events, live: true, secret })]);
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
		node = trigger({ staticData: node.staticData, nodeId: randomUUID() });
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

	const expectTold = async (message: string) => {
		const id = expectHealthy();
		expect(told.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
		expect(told[0].description).toMatch(
			/^Events (of|before) 1 Jan 2026, .*\d\d:\d\d \(\S+\) may be missing/,
		);

		await check(9);
		expect(expectHealthy()).toBe(id);
		expect(told).toMatchObject([{ node: { name: 'KLIQ Trigger' } }]);
		expect(logLines).toEqual([expect.stringMatching(new RegExp(`^warn: .*${message}`))]);
		expect(deletedIds()).not.toContain('undefined');
	};

	const OFF = 'KLIQ had switched the webhook subscription off';
	const GONE = 'the webhook subscription was gone';

	it.each<[string, () => unknown, string]>([
		['off, told by active', () => turnOff('active'), OFF],
		['off, told by enabled', () => turnOff('enabled'), OFF],
		['off, told by disabled', () => turnOff('disabled'), OFF],
		['off, told by status', () => turnOff('status', { offStatus: ' Paused' }), OFF],
		['deleted', () => kliq.remove(ours()[0].id), GONE],
		[
			'deleted, told after a restart',
			async () => {
				kliq.remove(ours()[0].id);
				await restart();
			},
			GONE,
		],
		[
			'off with a double that is on',
			() => {
				seedOurs();
				turnOff('active');
			},
			OFF,
		],
		[
			'made anew by hand, with another secret',
			() => {
				kliq.remove(ours()[0].id);
				seedOurs();
			},
			GONE,
		],
		[
			'changed to other events',
			() => kliq.changeSubscription(ours()[0].id, { events: ['visit.submitted'] }),
			'was for other events',
		],
		[
			'changed to other events while n8n was down',
			async () => {
				kliq.changeSubscription(ours()[0].id, { events: ['visit.submitted'] });
				await restart();
			},
			'was for other events',
		],
	])('%s is healed by one check, and the owner told once', async (_what, damage, message) => {
		await publish();
		await damage();
		await check(1);
		await expectTold(message);
	});

	it.each([
		[['cv.job.failed', 'cv.job.completed'], ['CV Job → Get Many']],
		[['observation.updated'], ['Observation → Get Many']],
		[['visit.submitted'], ['Visits can be looked up at KLIQ only']],
		[
			['visit.submitted', 'cv.job.failed'],
			['CV Job → Get Many', 'Visits can be'],
		],
	])('gone is told with what can be looked up of %j', async (events, texts) => {
		node = trigger({ parameters: { events, respond: 'onReceived' } });
		await publish();
		kliq.remove(ours()[0].id);
		await check(1);
		const all = [
			'CV Job → Get Many',
			'Observation → Get Many',
			'Visits can be looked up at KLIQ only',
		];
		const { description } = told[0] as NodeApiError;
		expect(all.filter((text) => description!.includes(text)).length).toBe(texts.length);
		for (const text of texts) expect(description).toContain(text);
	});

	const FOLLOWED = 'because the KLIQ API credential has changed';

	it.each<[string, () => unknown, string]>([
		['doubled', () => seedOurs(), 'has deleted a second webhook subscription'],
		['made with another API key', () => changeCredential({ apiKey: kliq.addKey() }), FOLLOWED],
		[
			'made without the Signing Secret',
			() => changeCredential({ signingSecret: 'whsec_a' }),
			FOLLOWED,
		],
		[
			'made with another API key before a restart',
			async () => {
				changeCredential({ apiKey: kliq.addKey() });
				await restart();
			},
			FOLLOWED,
		],
		[
			'made by hand while n8n was down',
			async () => {
				kliq.remove(ours()[0].id);
				seedOurs();
				await restart();
			},
			'the signing secret of its subscription is unknown',
		],
		[
			'not there, and static data is lost',
			async () => {
				kliq.remove(ours()[0].id);
				await restart({ staticData: {} });
			},
			'has subscribed',
		],
	])('%s is put right by one check, with a line in the log', async (_what, damage, line) => {
		await publish();
		await damage();
		await check(1);
		const id = expectHealthy();
		await check(9);
		expect(expectHealthy()).toBe(id);
		expect(told).toEqual([]);
		expect(logLines).toEqual([expect.stringMatching(new RegExp(`^warn: .*${line}`))]);
	});

	it.each<[string, Partial<NodeSetup>]>([
		['static data is lost', { staticData: {} }],
		[
			'static data is of an old backup',
			{ staticData: { webhookId: 'wh_old', url: 'https://a.example.com/?kid=0' } },
		],
	])('in order stays as it is where %s', async (_what, more) => {
		await publish();
		const [{ id }] = ours();
		await restart(more);
		await check(3);
		expect(expectHealthy()).toBe(id);
		expect([told, logLines, posts()]).toEqual([[], [], 1]);
	});

	it('made by an earlier health check stays as it is after any restart', async () => {
		await publish();
		changeCredential({ apiKey: kliq.addKey() });
		await check(1);
		const id = expectHealthy();
		for (let each = 0; each < 3; each++) {
			await restart();
			await check(1);
			expect(expectHealthy()).toBe(id);
		}
		expect(told).toEqual([]);
	});

	it.each<[string, () => Record<string, string>]>([
		['API key', () => ({ apiKey: kliq.addKey() })],
		['Signing Secret', () => ({ signingSecret: 'whsec_second' })],
	])(
		'follows the %s there and back within the hour, and after a restart',
		async (_what, change) => {
			await publish();
			const first = node.credentials.values as Record<string, string>;
			const second = change();
			for (const credential of [second, first, second, first]) {
				changeCredential(credential);
				await check(1);
				expectHealthy();
			}
			changeCredential(second);
			await restart();
			await check(1);
			expectHealthy();
			expect(told).toEqual([]);
		},
	);

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
			expect(told.at(-1)!.description).toMatch(/^Events of 1 Jan 2026, \d\d:\d\d.+\d\d:\d\d \(/);
		}
		expect(deletedIds()).toEqual([...new Set(deletedIds())]);
		expect(deletedIds()).toHaveLength(2);
	});
});

describe('on n8n 1.x', () => {
	it('the owner is told once, by an execution that the trigger makes fail', async () => {
		await publish();
		kliq.disable(ours()[0].id);
		await check(3, { isN8nV1: true });
		expectHealthy();
		expect(told).toHaveLength(1);
		const item = { json: {}, error: told[0] as unknown as NodeApiError };
		await expect(node.execute([item])).rejects.toMatchObject({
			message: expect.stringContaining('KLIQ had switched the webhook subscription off'),
			description: expect.stringContaining('KLIQ does not send such events again'),
			node: { name: 'KLIQ Trigger' },
		});
	});

	it('the owner is told by the log only where a failure would run the next nodes', async () => {
		await publish();
		node = trigger({ staticData: node.staticData, onError: 'continueRegularOutput' });
		kliq.disable(ours()[0].id);
		await check(1, { isN8nV1: true });
		expectHealthy();
		expect(told).toEqual([]);
		expect(logLines).toEqual([expect.stringContaining('is subscribed again: KLIQ had switched')]);
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

	it.each<[string, string]>([
		['untrusted certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
		['server without TLS', 'EPROTO'],
		['header that cannot be sent', 'ERR_INVALID_CHAR'],
	])('by an %s is told once', async (_what, code) => {
		await publish();
		for (let each = 0; each < 3; each++) {
			await virtualSleep(CHECK_INTERVAL_MS);
			const context = node.trigger(told);
			respondInstead(context, () => {
				throw networkError(code);
			});
			await reconcile(context);
		}
		expect(told).toHaveLength(1);
		await check(1);
		expectHealthy();
	});

	it('by a redirect, then by a scope, then by the key is told once each', async () => {
		await publish();
		const redirect = { status: 302, headers: { location: 'https://elsewhere.example.com' } };
		for (const fault of [redirect, { status: 403 }, { status: 401 }, redirect]) {
			kliq.faults.next({ ...fault, method: 'GET', times: 100 });
			await check(2);
			kliq.faults.clear();
		}
		expect(told.map(({ message }) => message)).toEqual([
			expect.stringContaining('it answered with a redirect'),
			expect.stringContaining('not allowed'),
			expect.stringContaining('did not accept the API key'),
		]);
	});

	it.each<[string, (credentials: InMemoryCredentials) => void, string]>([
		['was deleted', (credentials) => (credentials.values = undefined), 'does not exist'],
		[
			'was encrypted with another key',
			(credentials) =>
				(credentials.failure = new CredentialDataError({} as never, 'Not decrypted')),
			'Not decrypted',
		],
	])('by a credential that %s is told once, with what to do', async (_how, damage, message) => {
		await publish();
		const { values } = node.credentials;
		damage(node.credentials);
		await check(3);
		expect(told).toEqual([
			expect.objectContaining({
				message: expect.stringContaining(message),
				description: expect.stringContaining('choose a KLIQ API credential'),
			}),
		]);
		Object.assign(node.credentials, { values, failure: undefined });
		await check(2);
		expectHealthy();
		expect(told).toHaveLength(1);
	});

	it.each<[string, Fault]>([
		['loses the answer to a POST', { method: 'POST', cut: 'after' }],
		['loses the answers of two hours', { method: 'POST', cut: 'after', times: 12 }],
		['gives no ID', { method: 'POST', status: 201, body: {} }],
		['fails to delete the old one', { method: 'DELETE', status: 503, times: 5 }],
		['refuses to delete the old one', { method: 'DELETE', status: 400 }],
	])(
		'that %s leaves one subscription after the next check, and is told once',
		async (_what, fault) => {
			await publish();
			kliq.disable(ours()[0].id);
			kliq.faults.next(fault);
			await check(1);
			expect(ours().length).toBeLessThanOrEqual(2);
			kliq.faults.clear();
			await check(1);
			expectHealthy();
			await check(6);
			expect(
				told.map(({ message }) => message).filter((each) => !each.includes('cannot look')),
			).toEqual([expect.stringContaining('KLIQ had switched the webhook subscription off')]);
		},
	);

	it('that answers the first POST after a start with 503 is made up for a minute later', async () => {
		await publish();
		kliq.remove(ours()[0].id);
		await restart();
		kliq.faults.next({ method: 'POST', status: 503 });
		expect(await checkNow()).toBe(false);
		expect(ours()).toEqual([]);
		await virtualSleep(FIRST_CHECKS_INTERVAL_MS);
		expect(await checkNow()).toBe(true);
		expectHealthy();
		expect(told).toHaveLength(1);
	});

	it('of the network between KLIQ and n8n is told: KLIQ cannot reach a local address', async () => {
		await publish();
		changeCredential({ baseUrl: 'https://api.kliqpulse.com/v1' });
		const context = node.trigger(told);
		respondInstead(context, () => ({ statusCode: 200, headers: {}, body: { data: [] } }));
		await virtualSleep(CHECK_INTERVAL_MS);
		for (let each = 0; each < 2; each++) await reconcile(context);
		expect(told.map(({ message }) => message)).toEqual([
			expect.stringContaining('KLIQ cannot reach this n8n'),
		]);
	});
});

describe('a list', () => {
	/** After the first subscription: switched off, made anew once with a report, and unpublished. */
	async function expectHealedOnceAndEnded(): Promise<void> {
		kliq.disable(ours()[0].id);
		await check(10);
		expectHealthy();
		expect(posts()).toBe(2);
		expect(told).toHaveLength(1);
		await unsubscribe.call(node.hooks());
		expect(ours()).toEqual([]);
	}

	it.each([1_500, 20_000, 30_000])(
		'that lags by %i ms causes nothing, neither after publishing nor after healing',
		async (lagMs) => {
			kliq.settings.deviations.listLagMs = lagMs;
			await publish();
			await checkNow();
			await virtualSleep(6_000);
			await checkNow();
			expect(posts()).toBe(1);

			await virtualSleep(CHECK_INTERVAL_MS);
			await expectHealedOnceAndEnded();
		},
	);

	it.each(['rewritten', 'hidden'] as const)(
		'with URLs %s is read by the remembered ID, also after a restart',
		async (shownUrl) => {
			kliq.settings.deviations.shownUrl = shownUrl;
			await publish();
			await check(3);
			await restart();
			await check(3);
			expect([posts(), told]).toEqual([1, []]);

			await expectHealedOnceAndEnded();
		},
	);

	it('that drops queries is read by the remembered ID; after a heal and a restart it is made anew once', async () => {
		kliq.settings.deviations.shownQuery = 'dropped';
		await publish();
		await check(3);
		await restart();
		await check(3);
		expect([posts(), told, logLines]).toEqual([1, [], []]);

		kliq.disable(ours()[0].id);
		await check(3);
		expect([posts(), told.length]).toEqual([2, 1]);
		await restart();
		await check(9);
		expectHealthy();
		expect([posts(), told.length]).toEqual([3, 1]);
		await unsubscribe.call(node.hooks());
		expect(ours()).toEqual([]);
	});

	it('that has shown a subscription is believed when it shows none', async () => {
		await publish();
		kliq.remove(ours()[0].id);
		await check(1);
		expectHealthy();
	});

	it('that never shows what was made has it made anew once an hour at most, one at a time, and told of nothing', async () => {
		kliq.settings.deviations.listsNew = false;
		await publish();
		// Not before an interval has passed: the list may lag.
		await virtualSleep(CHECK_INTERVAL_MS / 2);
		await checkNow();
		expect(posts()).toBe(1);
		for (let each = 0; each < 12; each++) {
			await check(1);
			expect(ours()).toHaveLength(1);
		}
		expect(posts()).toBe(3);
		expect(told.filter(({ message }) => !message.includes('less than an hour'))).toEqual([]);
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
});

describe('a tenant that changes and changes back', () => {
	it('leaves one subscription in it, and nothing when the workflow is unpublished', async () => {
		await publish();
		const first = node.credentials.values as Record<string, string>;
		kliq.addTenant('t_second');
		changeCredential({ tenantId: 't_second', apiKey: kliq.addKey({ tenantId: 't_second' }) });
		await check(1);
		expect(kliq.subscriptions('t_second')).toHaveLength(1);
		expect(ours()).toHaveLength(1);
		changeCredential(first);
		await check(12);
		expectHealthy();
		expect([told, posts()]).toEqual([[], 2]);
		await unsubscribe.call(node.hooks());
		expect(ours()).toEqual([]);
	});
});

describe('a deletion that KLIQ confirms and does not do', () => {
	it('is repeated at the next check', async () => {
		await publish();
		kliq.disable(ours()[0].id);
		kliq.faults.next({ method: 'DELETE', status: 204, body: '' });
		await check(1);
		expect(ours()).toHaveLength(2);
		await check(1);
		expectHealthy();
	});
});

describe('n8n at another address', () => {
	const OLD = 'http://127.0.0.1:5678';
	const NEW = 'http://127.0.0.1:5679';
	const newUrl = () => node.webhookUrl.replace(OLD, NEW);

	const move = async (more: Partial<NodeSetup> = {}) => await restart({ publicUrl: NEW, ...more });

	/** The subscriptions of the trigger by their addresses. */
	const addressesOf = () => ours().map(({ url }) => new URL(url).origin);

	it.each<[string, Partial<NodeSetup>]>([
		['', {}],
		[', which static data does not know', { staticData: {} }],
	])(
		'that has moved deletes its earlier subscription%s: the old address leads to it',
		async (_how, more) => {
			await publish();
			const url = newUrl();
			await move(more);
			addresses[OLD] = () => answers(url);
			await check(3);
			expectHealthy();
			expect(told).toEqual([]);
			expect(logLines).toEqual([
				expect.stringContaining('has subscribed'),
				expect.stringContaining(
					`has deleted its webhook subscription for n8n’s earlier address ${OLD}`,
				),
			]);
		},
	);

	it('deletes what an earlier health check has made there, too, and what is at an address before', async () => {
		await publish();
		kliq.disable(ours()[0].id);
		await check(1);
		told.length = 0;
		const third = 'http://127.0.0.1:5680';
		const url = node.webhookUrl.replace(OLD, third);
		await move();
		addresses[OLD] = () => answers(undefined, 404);
		await check(1);
		await restart({ publicUrl: third });
		addresses[OLD] = () => answers(url);
		addresses[NEW] = () => answers(url);
		await check(1);
		expectHealthy();
		expect(told.map(({ message }) => message)).toEqual([
			expect.stringContaining(`address of n8n: ${OLD}`),
		]);
	});

	it.each<[string, () => unknown]>([
		['another n8n answers there', () => answers(node.webhookUrl.replace(NEW, OLD))],
		['nothing answers there', () => Promise.reject(networkError('ECONNREFUSED'))],
		['a sign-in page answers there', () => ({ statusCode: 200, headers: {}, body: '<html>' })],
		['it refuses the probe', () => answers(undefined, 401)],
		['it sends the probe back', () => answers({ type: 'n8n-nodes-kliq.probe' })],
		['it redirects', () => answers(newUrl(), 302)],
	])(
		'leaves the subscription at its earlier address where %s, and says once where it is',
		async (_what, answer) => {
			await publish();
			await move();
			addresses[OLD] = answer;
			await check(4);
			expect(addressesOf()).toEqual([OLD, NEW]);
			expect(told).toHaveLength(1);
			expect(told[0].message).toContain(
				'for another address of n8n: http://127.0.0.1:5678/webhook/',
			);
			expect(told[0].description).toContain(
				'If one n8n is a copy of the other, unpublish this workflow in the copy',
			);

			await unsubscribe.call(node.hooks());
			expect(addressesOf()).toEqual([OLD]);
		},
	);

	it('deletes the subscription at its earlier address once KLIQ has switched it off', async () => {
		await publish();
		const [{ id }] = ours();
		await move();
		addresses[OLD] = () => answers(undefined, 404);
		await check(1);
		kliq.disable(id);
		await check(1);
		expectHealthy();
	});

	it('moves back, and there again', async () => {
		await publish();
		addresses[OLD] = () => answers(undefined, 404);
		addresses[NEW] = () => answers(undefined, 404);
		await move();
		await check(1);
		await restart({ publicUrl: OLD });
		await check(1);
		expect(addressesOf()).toEqual([OLD, NEW]);
		expect(posts()).toBe(2);
	});

	it('waits for an answer that trickles in for the time limit only', async () => {
		await publish();
		await move();
		addresses[OLD] = () => new Promise(() => {});
		const limits: number[] = [];
		const timeout = AbortSignal.timeout.bind(AbortSignal);
		jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
			limits.push(milliseconds);
			return timeout(limits.at(-1) === 5_000 ? 1 : milliseconds);
		});
		await check(1);
		expect(limits).toContain(5_000);
		expect(addressesOf()).toEqual([OLD, NEW]);
		expect(told).toHaveLength(1);
	});

	it('asks with a request that the trigger there can verify', async () => {
		await publish();
		await move();
		const context = node.trigger(told);
		const send = jest
			.spyOn(context.helpers, 'httpRequest')
			.mockResolvedValue(asStream(answers('')));
		await virtualSleep(CHECK_INTERVAL_MS);
		await reconcile(context);
		const [{ url, body, headers, ...more }] = send.mock.calls[0];
		const secret = deriveSecret(kliq.apiKey, webhookId);
		expect(url).toBe(ours()[0].url);
		expect(more).toMatchObject({ method: 'POST', timeout: 5_000, disableFollowRedirect: true });
		expect(headers).toMatchObject({
			'x-kliq-signature': signatureOf(Buffer.from(body as string), secret),
		});
		expect(JSON.stringify(send.mock.calls)).not.toContain(kliq.apiKey);
	});
});

describe('n8n’s own address', () => {
	const OWN = 'http://127.0.0.1:5678/';
	const HOUR_OF_CHECKS = 6;
	const PAGE = '<!doctype html><title>Sign in</title>';

	let asked: number;

	/** What a server answers there, and how often it is asked. */
	const answerWith = (answer: Answerer, address = OWN) => {
		asked = 0;
		addresses[address] = (request) => {
			asked += 1;
			return answer(request);
		};
	};

	/** KLIQ sends an event, and the trigger verifies it. */
	const receive = async (options?: { isTest: boolean }) => {
		const receiver = await TriggerReceiver.start(new KliqTrigger(), () => node, options);
		const body = JSON.stringify({ id: 'evt_1', type: EVENTS[0] });
		expect(await receiver.post(body, signatureOf(Buffer.from(body), ours()[0].secret!))).toBe(200);
		await receiver.stop();
	};

	const other =
		(statusCode: number, body: unknown = '', headers = {}) =>
		() => ({
			statusCode,
			headers,
			body,
		});

	it('is asked after publishing, after a start and every hour; the owner hears nothing', async () => {
		await publish();
		answerWith(() => answers(node.webhookUrl));
		await check(1);
		expect(asked).toBe(1);
		await check(2 * HOUR_OF_CHECKS);
		expect(asked).toBe(3);
		await restart();
		await check(1);
		expect(asked).toBe(4);
		expect(told).toEqual([]);
		expect(logLines).toEqual([]);
	});

	it.each<[string, () => unknown, string, string]>([
		[
			'a redirect',
			other(301, '', { location: 'https://user:word@n8n.example.com/webhook/x?state=1' }),
			'a redirect to https://n8n.example.com/webhook/x',
			'to the address that it leads to',
		],
		['a sign-in page', other(200, PAGE), 'a web page (HTTP 200)', 'without a login'],
		['a refusal', other(403, PAGE), 'a web page (HTTP 403)', 'without a login'],
		['404', other(404, { message: 'not registered' }), 'HTTP 404', 'Check that WEBHOOK_URL'],
		['nothing but 200', other(200), 'HTTP 200', 'Have the proxy let POST requests'],
		['502', other(502, 'Bad Gateway'), 'HTTP 502', 'Have the proxy let POST requests'],
		[
			'a trigger that cannot verify it',
			other(401, { error: 'Invalid signature' }),
			'a KLIQ Trigger with another signing secret, or through a proxy that changes requests',
			'Check that WEBHOOK_URL',
		],
		[
			'another n8n with the same secret',
			() => answers('https://other.example.com/webhook/x'),
			'another n8n (https://other.example.com/webhook/x)',
			'Check that WEBHOOK_URL',
		],
	])(
		'that is answered by %s is told once, after a second look',
		async (_who, answer, what, advice) => {
			await publish();
			answerWith(answer);
			await virtualSleep(CHECK_INTERVAL_MS);
			expect(await checkNow()).toBe(false);
			expect(told).toEqual([]);
			await virtualSleep(FIRST_CHECKS_INTERVAL_MS);
			expect(await checkNow()).toBe(true);
			expect(told).toHaveLength(1);
			expect(told[0].message).toBe(
				`n8n’s address does not lead to this trigger: it is answered by ${what}`,
			);
			expect(told[0].description).toContain(node.webhookUrl);
			expect(told[0].description).toContain(advice);
			await check(3 * HOUR_OF_CHECKS);
			expect(told).toHaveLength(1);
			expectHealthy();
		},
	);

	it('that has led here in between is told again', async () => {
		await publish();
		for (let each = 1; each <= 2; each++) {
			answerWith(other(404));
			await check(2 * HOUR_OF_CHECKS);
			expect(told).toHaveLength(each);
			answerWith(() => answers(node.webhookUrl));
			await check(HOUR_OF_CHECKS);
		}
	});

	it('that leads elsewhere for a moment is told to nobody', async () => {
		await publish();
		answerWith(other(502));
		await check(1);
		answerWith(() => answers(node.webhookUrl));
		await check(2 * HOUR_OF_CHECKS);
		expect(told).toEqual([]);
	});

	it('in doubt does not bring checks forward while KLIQ cannot be asked', async () => {
		await publish();
		answerWith(other(404));
		await virtualSleep(CHECK_INTERVAL_MS);
		expect(await checkNow()).toBe(false);
		kliq.faults.next({ method: 'GET', status: 503, times: 1_000 });
		await virtualSleep(FIRST_CHECKS_INTERVAL_MS);
		expect(await checkNow()).toBe(true);
		kliq.faults.clear();
		await check(1);
		expect(told).toEqual([]);
		await check(1);
		expect(told).toHaveLength(1);
	});

	it.each<[string, () => unknown, string]>([
		['breaks off', () => Promise.reject(networkError('ECONNRESET')), 'ECONNRESET'],
		['n8n’s own proxy refuses to ask', other(407, PAGE), 'asks for a login (HTTP 407)'],
		['limits requests', other(429, PAGE), 'requests are limited there (HTTP 429)'],
	])('that %s stands in the log once', async (_why, answer, reason) => {
		await publish();
		answerWith(answer);
		await check(3 * HOUR_OF_CHECKS);
		expect(told).toEqual([]);
		expect(logLines).toEqual([expect.stringContaining('got no answer from its own address')]);
		expect(logLines[0]).toContain(reason);
	});

	it('that does not answer in five seconds stands in the log, with the reason', async () => {
		await publish();
		answerWith(() => new Promise(() => {}));
		const timeout = AbortSignal.timeout.bind(AbortSignal);
		jest
			.spyOn(AbortSignal, 'timeout')
			.mockImplementation((milliseconds) => timeout(milliseconds === 5_000 ? 1 : milliseconds));
		await check(1);
		expect(logLines).toEqual([expect.stringContaining(': it took longer than 5 s. Many')]);
	});

	it('is no longer asked once the workflow is unpublished', async () => {
		let unsubscribed: Promise<boolean> | undefined;
		// The probe's own time limit does not end it.
		const timeout = AbortSignal.timeout.bind(AbortSignal);
		jest
			.spyOn(AbortSignal, 'timeout')
			.mockImplementation((milliseconds) =>
				milliseconds === 5_000 ? new AbortController().signal : timeout(milliseconds),
			);
		await publish();
		answerWith(
			async ({ abortSignal }) =>
				await new Promise((_, reject) => {
					(abortSignal as AbortSignal).addEventListener('abort', () => reject(new Error('ended')));
					unsubscribed = unsubscribe.call(node.hooks());
				}),
		);
		await check(1);
		expect(asked).toBe(1);
		await unsubscribed;
		expect(kliq.subscriptions()).toEqual(foreign);
		expect(logLines).toEqual([]);
	});

	it('is read for its first 64 kB only', async () => {
		let sent = 0;
		const endless = function* () {
			for (;;) {
				sent += 1_024;
				yield Buffer.alloc(1_024, ' ');
			}
		};
		await publish();
		answerWith(() => ({ statusCode: 404, headers: {}, body: Readable.from(endless()) }));
		await check(1);
		expect(asked).toBe(1);
		expect(sent).toBeLessThan(256 * 1_024);
	});

	const PUBLIC = 'https://n8n.example.com';

	it.each(['http://localhost:5678', 'http://10.0.0.7:5678', 'http://n8n.example.com:5678'])(
		'leads here where a process answers that takes %s for n8n’s address, as in queue mode',
		async (internal) => {
			node = trigger({ publicUrl: PUBLIC });
			await publish();
			answerWith(() => answers(node.webhookUrl.replace(PUBLIC, internal)), PUBLIC);
			await check(2 * HOUR_OF_CHECKS);
			expect(asked).toBeGreaterThan(0);
			expect(told).toEqual([]);
		},
	);

	it('is asked again at the next check only, after a start', async () => {
		await publish();
		await restart();
		answerWith(other(404));
		await virtualSleep(FIRST_CHECKS_INTERVAL_MS);
		expect(await checkNow()).toBe(true);
		expect(told).toEqual([]);
		await check(1);
		expect(told).toHaveLength(1);
	});

	it('that another thing answers now is told, and all of it after publishing anew', async () => {
		await publish();
		answerWith(other(404));
		await check(HOUR_OF_CHECKS);
		answerWith(other(401, PAGE));
		await check(2 * HOUR_OF_CHECKS);
		expect(told).toHaveLength(2);
		await unsubscribe.call(node.hooks());
		await publish();
		await check(3);
		expect(told).toHaveLength(3);
	});

	it('that has never led here is told to nobody once KLIQ has reached the trigger', async () => {
		await publish();
		await receive();
		answerWith(other(404));
		await check(3 * HOUR_OF_CHECKS);
		expect(asked).toBeGreaterThan(2);
		expect(told).toEqual([]);
	});

	it('is told all the same after a test event, which has an address of its own', async () => {
		await publish();
		await receive({ isTest: true });
		answerWith(other(404));
		await check(2);
		expect(told).toHaveLength(1);
	});

	it('that has led here is told once it leads elsewhere, unless an event arrives meanwhile', async () => {
		await publish();
		answerWith(() => answers(node.webhookUrl));
		await check(1);
		await receive();
		answerWith(other(404));
		await check(HOUR_OF_CHECKS);
		expect(asked).toBe(1);
		await virtualSleep(1_000);
		await receive();
		await check(1);
		expect(asked).toBe(2);
		expect(told).toEqual([]);
		await check(HOUR_OF_CHECKS + 1);
		expect(told).toHaveLength(1);
	});
});

describe('a publication while KLIQ is in trouble', () => {
	const troubles: Array<[string, Omit<Fault, 'method'>, string]> = [
		['503', { status: 503 }, 'KLIQ is not working right now (HTTP 503)'],
		['429', { status: 429, headers: { 'retry-after': '3600' } }, 'too many requests'],
		['no answer', { cut: 'before' }, 'broke off'],
		['lost answers', { cut: 'after' }, 'broke off'],
	];

	it.each(troubles)(
		'succeeds on %s, and subscribes within a minute of its end; told once',
		async (_what, fault, message) => {
			for (const method of ['GET', 'POST']) kliq.faults.next({ ...fault, method, times: 1_000 });
			await publish();
			const isSoon = async () => {
				await virtualSleep(FIRST_CHECKS_INTERVAL_MS);
				return await checkNow();
			};
			for (let each = 0; each < 4; each++) expect(await isSoon()).toBe(false);
			expect(told).toHaveLength(1);
			expect(told[0].message).toContain('KLIQ Trigger is published but not subscribed yet: ');
			expect(told[0].message).toContain(message);
			expect(told[0].description).toContain('If KLIQ is down, you need not do anything');

			kliq.faults.clear();
			await isSoon();
			expectHealthy();
			await check(3);
			expectHealthy();
			expect(told).toHaveLength(1);
		},
	);

	it('that ends within the first minute is told to nobody', async () => {
		kliq.faults.next({ method: 'POST', status: 503 });
		await publish();
		await virtualSleep(20_000);
		expect(await checkNow()).toBe(true);
		expectHealthy();
		expect(told).toEqual([]);
		expect(logLines).toEqual([
			expect.stringContaining('could not subscribe yet, and tries again every minute: '),
			expect.stringContaining('has subscribed'),
		]);
	});

	it('leaves nothing when it is unpublished after a lost answer, also where the list lags', async () => {
		kliq.settings.deviations.listLagMs = 20_000;
		kliq.faults.next({ method: 'POST', cut: 'after' });
		await publish();
		expect(ours()).toHaveLength(1);
		await unsubscribe.call(node.hooks());
		while (ours().length > 0 && slept.total < 120_000) await virtualSleep(1_000);
		expect(ours()).toEqual([]);
		expect(slept.total).toBeLessThan(60_000);
	});
});

describe('starting the health checks', () => {
	it('spreads them at random', async () => {
		jest.spyOn(Math, 'random').mockReturnValue(0.5);
		const context = node.trigger(told);
		const register = jest.spyOn(context.helpers, 'registerCron');
		const { closeFunction } = await new KliqTrigger().trigger.call(context);
		expect(slept.total).toBeCloseTo(18_000);
		await closeFunction!();
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
