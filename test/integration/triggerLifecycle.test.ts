import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NodeOperationError, type INode, type WorkflowActivateMode } from 'n8n-workflow';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { rememberedTriggers } from '../../nodes/Kliq/trigger/memory';
import { throwWithFullMessage } from '../../nodes/Kliq/trigger/subscription/lifecycle';
import { deriveSecret, keyIdOf } from '../../nodes/Kliq/trigger/subscription/secret';
import * as n8nVersion from '../../nodes/Kliq/utils/n8nVersion';
import { kliqCredential } from '../support/kliqCredential';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { requestsWith } from '../support/requestLog';
import type { Fault, KliqSimulator, Liveness } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

// The first health check never comes.
jest.mock('n8n-workflow', () => {
	const actual = jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow');
	const sleep = async (milliseconds: number) =>
		await (milliseconds > 5_000 ? new Promise<void>(() => {}) : actual.sleep(milliseconds));
	return { ...actual, sleep };
});

const { checkExists, create, delete: remove } = new KliqTrigger().webhookMethods.default;
const EVENTS = ['cv.job.completed', 'cv.job.failed'];

let kliq: KliqSimulator;

/** Of the test's trigger. What the process remembers of a subscription, it remembers by webhook URL. */
let webhookId: string;

useSimulator((started) => (kliq = started));

afterEach(() => void jest.restoreAllMocks());

beforeEach(() => {
	webhookId = randomUUID();
});

const credential = (more = {}) => kliqCredential(kliq, more);

/** The test's trigger node, in the state given by `more`. */
const trigger = (more: Partial<NodeSetup> = {}) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: EVENTS, respond: 'onReceived' },
		credential: credential(),
		webhookId,
		...more,
	});

const exists = async (node: NodeUnderTest) => await checkExists.call(node.hooks());

/** The error's message. The editor shows nothing else while publishing. */
const messageOf = async (step: Promise<unknown>) =>
	await step.then(
		() => 'no error',
		(error: Error) => error.message,
	);

/** Adds a subscription with the node's webhook URL, as a person makes one: without a key ID. */
const seedOurs = (node: NodeUnderTest, more = {}) =>
	kliq.seedSubscription({ url: node.webhookUrl, events: EVENTS, ...more });

/** The URL of the node's right subscription. */
const rightUrl = (node: NodeUnderTest, secret = deriveSecret(kliq.apiKey, webhookId)) =>
	`${node.webhookUrl}?kid=${keyIdOf(kliq.apiKey, secret)}`;

describe('publish', () => {
	it('creates one subscription with our URL and key ID, the chosen events and the derived secret', async () => {
		const node = trigger();
		expect(await exists(node)).toBe(false);
		expect(await create.call(node.hooks())).toBe(true);

		expect(kliq.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
		const url = rightUrl(node);
		expect(kliq.subscriptions()).toEqual([
			expect.objectContaining({
				url,
				events: EVENTS,
				secret: deriveSecret(kliq.apiKey, webhookId),
			}),
		]);
		expect(node.staticData).toStrictEqual({ webhookId: kliq.subscriptions()[0].id, url });
		expect(await exists(node)).toBe(true);
	});

	it('uses the credential’s secret if there is one', async () => {
		const node = trigger({ credential: credential({ signingSecret: ' whsec_shared ' }) });
		await create.call(node.hooks());

		expect(kliq.subscriptions()).toMatchObject([{ secret: 'whsec_shared' }]);
		expect(await exists(node)).toBe(true);
	});

	it.each(['', 'whsec_shared'])('never stores a secret (Signing Secret: “%s”)', async (shared) => {
		const node = trigger({ credential: credential({ signingSecret: shared }) });
		await create.call(node.hooks());
		const [{ secret }] = kliq.subscriptions();
		const stored = JSON.stringify(node.workflow.staticData);
		for (const part of [secret, secret.replace('whsec_', ''), kliq.apiKey]) {
			expect(stored).not.toContain(part);
		}
	});

	it.each(['cv.job.failed, visit.submitted', '["cv.job.failed","visit.submitted"]'])(
		'accepts events from an expression as text: %s',
		async (events) => {
			const node = trigger({ parameters: { events, respond: 'onReceived' } });
			await create.call(node.hooks());
			expect(kliq.subscriptions()[0].events).toEqual(['cv.job.failed', 'visit.submitted']);
			expect(await exists(node)).toBe(true);
		},
	);

	it('sends at most 3 requests, and unpublishing at most 2', async () => {
		const node = trigger();
		if (!(await exists(node))) await create.call(node.hooks());
		expect(kliq.requests.length).toBeLessThanOrEqual(3);

		kliq.requests.length = 0;
		await remove.call(node.hooks());
		expect(kliq.requests.length).toBeLessThanOrEqual(2);
	});

	it('subscribes before it deletes earlier subscriptions of ours, and deletes no other', async () => {
		const node = trigger();
		for (let each = 0; each < 20; each++) seedOurs(node);
		const foreign = ['https://elsewhere.example.com/a', `${node.webhookUrl}/x`].map((url) =>
			kliq.seedSubscription({ url, events: EVENTS }),
		);
		await create.call(node.hooks());

		const ids = kliq.subscriptions().map(({ id }) => id);
		expect(ids.sort()).toEqual([...foreign.map(({ id }) => id), node.staticData.webhookId].sort());
		const methods = kliq.requests.map(({ method }) => method);
		expect(methods.indexOf('POST')).toBeLessThan(methods.indexOf('DELETE'));
	});

	it('deletes none on the word of a list that does not show its own, which a rival may have deleted', async () => {
		const node = trigger();
		const rivals = seedOurs(node);
		kliq.settings.deviations.listsNew = false;
		await create.call(node.hooks());
		const ids = kliq.subscriptions().map(({ id }) => id);
		expect(ids).toEqual([rivals.id, node.staticData.webhookId]);
	});

	it('deletes the one that it remembers where a list hides its URL', async () => {
		kliq.settings.deviations.shownUrl = 'hidden';
		const node = trigger();
		await create.call(node.hooks());
		const again = trigger({ staticData: node.staticData, nodeId: randomUUID() });
		await create.call(again.hooks());
		expect(kliq.subscriptions()).toMatchObject([{ id: again.staticData.webhookId }]);
	});

	it('succeeds, with a line in the log, where it cannot look for earlier ones', async () => {
		const node = trigger();
		const lines = captureLogLines(node);
		kliq.faults.next({ method: 'GET', status: 403 });
		expect(await create.call(node.hooks())).toBe(true);
		expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId }]);
		expect(lines).toEqual([
			expect.stringMatching(/^warn: .*has subscribed, but could not look for.*not allowed/),
		]);
	});

	it('finds our subscription on the last of many pages', async () => {
		for (let each = 0; each < 1_000; each++) {
			kliq.seedSubscription({ url: `https://other.example.com/${each}`, events: EVENTS });
		}
		const node = trigger();
		seedOurs(node);
		await create.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(1_001);
		expect(await exists(trigger({ nodeId: randomUUID() }))).toBe(true);
	});

	it('accepts a list that is a bare array', async () => {
		kliq.settings.listShape = 'array';
		const node = trigger();
		seedOurs(node);
		await create.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(1);
		expect(await exists(trigger({ nodeId: randomUUID() }))).toBe(true);
	});

	it('ends when KLIQ repeats a cursor', async () => {
		const node = trigger();
		seedOurs(node);
		kliq.faults.cursorRepeats = true;
		await remove.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(0);
	});

	it('is successful after a lost response, and unpublishing leaves nothing', async () => {
		const node = trigger();
		const lines = captureLogLines(node);
		kliq.faults.next({ method: 'POST', cut: 'after' });
		expect(await create.call(node.hooks())).toBe(true);
		expect(lines).toEqual([expect.stringMatching(/^warn: .*could not subscribe yet.*broke off/)]);
		expect(kliq.subscriptions()).toHaveLength(1);

		await remove.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(0);
	});

	it('takes what a lost response has made, where another process makes a second one', async () => {
		const node = trigger();
		kliq.faults.next({ method: 'POST', cut: 'after' });
		await create.call(node.hooks());
		const again = trigger({ nodeId: randomUUID() });
		await create.call(again.hooks());
		expect(kliq.subscriptions()).toMatchObject([{ id: again.staticData.webhookId }]);
		expect(await exists(trigger({ nodeId: randomUUID() }))).toBe(true);
	});

	it('asks no list soon after it has deleted one, as lists may lag: the health check does', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const [{ id }] = kliq.subscriptions();
		await remove.call(node.hooks());
		kliq.settings.deviations.listLagMs = 30_000;
		kliq.requests.length = 0;
		expect(await exists(node)).toBe(false);
		await create.call(node.hooks());
		expect(kliq.requests.map(({ method }) => method)).toEqual(['POST']);
		expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId }]);
		expect(node.staticData.webhookId).not.toBe(id);
	});

	it('keeps the new subscription where the list says that it is off', async () => {
		kliq.settings.activeStatus = 'inactive';
		kliq.settings.liveness = 'status';
		const node = trigger();
		const old = seedOurs(node);
		await create.call(node.hooks());
		expect(kliq.subscriptions()).toMatchObject([{ id: node.staticData.webhookId }]);
		expect(node.staticData.webhookId).not.toBe(old.id);
	});
});

describe('checkExists', () => {
	const published = async (more: Partial<NodeSetup> = {}) => {
		const node = trigger(more);
		await create.call(node.hooks());
		expect(await exists(node)).toBe(true);
		return node;
	};

	it.each<Liveness>(['active', 'enabled', 'status'])(
		'is false when our subscription is inactive, told by %s',
		async (liveness) => {
			kliq.settings.liveness = liveness;
			const node = await published();
			kliq.disable(String(node.staticData.webhookId));
			expect(await exists(node)).toBe(false);
		},
	);

	it('is false when our subscription is gone', async () => {
		const node = await published();
		const { staticData } = node;
		await remove.call(node.hooks());
		expect(await exists(trigger({ staticData }))).toBe(false);
	});

	it('is false when there is a second subscription with our URL', async () => {
		const node = await published();
		seedOurs(node);
		expect(await exists(node)).toBe(false);
	});

	it('is false when the events have changed', async () => {
		const node = await published();
		for (const events of [['visit.submitted'], [...EVENTS, 'visit.submitted'], EVENTS.slice(1)]) {
			const changed = trigger({ parameters: { events }, staticData: node.staticData });
			expect(await exists(changed)).toBe(false);
		}
	});

	it('is false when the only subscription with our URL was made by hand', async () => {
		const node = await published();
		kliq.remove(String(node.staticData.webhookId));
		seedOurs(node);
		expect(await exists(node)).toBe(false);
	});

	it('is true when static data is lost, or remembers another one', async () => {
		await published();
		for (const staticData of [{}, { webhookId: 'wh_other', url: 'https://a.example.com/' }]) {
			expect(await exists(trigger({ staticData, nodeId: randomUUID() }))).toBe(true);
		}
	});

	it.each<[string, () => unknown]>([
		['answers 503', () => kliq.faults.next({ method: 'GET', status: 503, times: 9 })],
		['refuses the key', () => kliq.revokeKey(kliq.apiKey)],
		['gives no answer', () => kliq.faults.next({ method: 'GET', cut: 'before', times: 9 })],
	])('is false, without an error, when KLIQ %s', async (_how, damage) => {
		const node = await published();
		damage();
		expect(await exists(node)).toBe(false);
	});

	it('is false, without an error, where the credential was deleted or n8n gives no URL', async () => {
		expect(await exists(trigger({ credential: undefined }))).toBe(false);
		const context = trigger().hooks();
		jest.spyOn(context, 'getNodeWebhookUrl').mockReturnValue(undefined);
		expect(await checkExists.call(context)).toBe(false);
		expect(await remove.call(context)).toBe(true);
		const starting = trigger().hooks({ activation: 'init' });
		jest.spyOn(starting, 'getNodeParameter').mockImplementation(() => {
			throw new Error('No such node');
		});
		expect(await checkExists.call(starting)).toBe(true);
	});

	it('is false when the credential gives another secret than the subscription’s', async () => {
		const { staticData } = await published();
		for (const changed of [{ signingSecret: 'whsec_new' }, { apiKey: kliq.addKey() }]) {
			expect(await exists(trigger({ staticData, credential: credential(changed) }))).toBe(false);
		}
		expect(await exists(trigger({ staticData }))).toBe(true);
	});

	describe.each<WorkflowActivateMode>(['init', 'leadershipChange'])('in mode %s', (activation) => {
		const isThere = async (node: NodeUnderTest) =>
			await checkExists.call(node.hooks({ activation }));

		it.each<[string, (node: NodeUnderTest) => Partial<NodeSetup>]>([
			['is in order', () => ({})],
			['is off', (node) => (kliq.disable(String(node.staticData.webhookId)), {})],
			['is gone', (node) => (kliq.remove(String(node.staticData.webhookId)), {})],
			['has another secret', () => ({ credential: credential({ apiKey: kliq.addKey() }) })],
			['cannot be looked for: no credential', () => ({ credential: undefined })],
			['is unknown to static data', () => ({ staticData: {} })],
		])('is true without a request when our subscription %s', async (_what, damage) => {
			const { staticData } = await published();
			const node = trigger({ staticData, ...damage(trigger({ staticData })) });
			kliq.requests.length = 0;
			expect(await isThere(node)).toBe(true);
			expect(kliq.requests).toEqual([]);
		});

		it('leaves static data alone, also at a new address', async () => {
			const { staticData } = await published();
			for (const publicUrl of ['http://127.0.0.1:5678', 'http://127.0.0.1:5679']) {
				const node = trigger({ staticData, publicUrl });
				await isThere(node);
				expect(node.staticDataChanged).toBe(false);
			}
		});
	});

	it('changes nothing', async () => {
		const node = await published();
		seedOurs(node);
		const before = [node.staticData, kliq.subscriptions()];
		await exists(node);
		expect([node.staticData, kliq.subscriptions()]).toEqual(before);
	});
});

describe('unpublish', () => {
	it('deletes every subscription with our URL and clears static data', async () => {
		const node = trigger();
		await create.call(node.hooks());
		seedOurs(node);
		const other = kliq.seedSubscription({ url: 'https://other.example.com/', events: EVENTS });
		const lines = captureLogLines(node);
		expect(await remove.call(node.hooks())).toBe(true);

		expect(kliq.subscriptions()).toEqual([other]);
		expect(node.staticData).toEqual({});
		expect(lines).toEqual([]);
	});

	it('deletes nothing of another workflow that is published with the same URL', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const { closeFunction } = await new KliqTrigger().trigger.call(node.trigger([]));
		const copy = trigger({ staticData: node.staticData });
		copy.workflow.id = 'copy';
		expect(await remove.call(copy.hooks())).toBe(true);
		expect(kliq.subscriptions()).toHaveLength(1);
		expect(copy.staticData).toEqual(node.staticData);

		// As on a main that is no longer the leader.
		await closeFunction!();
		await remove.call(copy.hooks());
		expect(kliq.subscriptions()).toHaveLength(0);
	});

	it('deletes no subscription at another address, not the remembered one either', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const { staticData } = node;
		const copy = trigger({ staticData, publicUrl: 'http://127.0.0.1:5679', nodeId: randomUUID() });
		await checkExists.call(copy.hooks({ activation: 'init' }));
		await remove.call(copy.hooks());
		expect(kliq.subscriptions()).toMatchObject([{ id: staticData.webhookId }]);
		expect(requestsWith(kliq, 'DELETE')).toEqual([]);
	});

	it('gives back what the process remembers of the trigger, after the time in which lists may lag', async () => {
		jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
		await checkExists.call(trigger({ nodeId: randomUUID() }).hooks({ activation: 'init' }));
		const before = rememberedTriggers();
		const node = trigger();
		const begin = async (nodeId: string) =>
			await checkExists.call(trigger({ nodeId }).hooks({ activation: 'init' }));
		await create.call(node.hooks());
		const { closeFunction } = await new KliqTrigger().trigger.call(node.trigger([]));
		await remove.call(node.hooks());
		await begin(randomUUID());
		expect(rememberedTriggers()).toBe(before + 2);

		await closeFunction!();
		jest.spyOn(performance, 'now').mockReturnValue(1_060_001);
		await begin(randomUUID());
		expect(rememberedTriggers()).toBe(before + 2);
	});

	it('gives back what the process remembers of a trigger that has only listened for a test event', async () => {
		const begin = async (nodeId: string) =>
			await checkExists.call(trigger({ nodeId }).hooks({ activation: 'init' }));
		jest.spyOn(performance, 'now').mockReturnValue(2_000_000);
		await begin(randomUUID());
		const before = rememberedTriggers();
		const node = trigger({ nodeId: randomUUID() });
		await create.call(node.hooks({ isTest: true }));
		await remove.call(node.hooks({ isTest: true }));
		expect(rememberedTriggers()).toBe(before + 1);

		jest.spyOn(performance, 'now').mockReturnValue(2_060_001);
		await begin(randomUUID());
		expect(rememberedTriggers()).toBe(before + 1);
	});

	it('works with empty static data', async () => {
		const node = trigger();
		seedOurs(node);
		await remove.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(0);
	});

	it('treats 404 as success', async () => {
		const node = trigger();
		await create.call(node.hooks());
		kliq.faults.next({ method: 'DELETE', status: 404 });
		await remove.call(node.hooks());
		expect(node.staticData).toEqual({});
	});

	it('names what is left at KLIQ when it cannot unsubscribe, and keeps static data', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const { staticData } = node;
		const second = seedOurs(node);
		kliq.faults.next({ method: 'DELETE', status: 403, times: 3 });
		const error = await remove.call(node.hooks()).catch((each: unknown) => each);
		expect(error).toMatchObject({ node: { name: 'KLIQ Trigger' } });
		const { message } = error as Error;
		expect(message).toContain(
			`KLIQ may still hold a webhook subscription (${staticData.webhookId}, ${second.id}) to ${node.webhookUrl}`,
		);
		expect(message).toContain('The API key is not allowed to do this');
		expect(message).toContain('Delete it with a KLIQ node');
		expect(node.staticData).toEqual(staticData);
	});

	it('does not take an HTML page with 404 for a deletion', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const { staticData } = node;
		kliq.faults.next({
			method: 'DELETE',
			status: 404,
			body: '<html>No such page</html>',
			times: 2,
		});
		const message = await messageOf(remove.call(node.hooks()));
		expect(message).toContain(
			`KLIQ may still hold a webhook subscription (${staticData.webhookId})`,
		);
		expect(message).toContain('it is a web page (HTTP 404)');
		expect(node.staticData).toEqual(staticData);
	});

	it('deletes the remembered subscription first, so also when the list fails', async () => {
		const node = trigger();
		await create.call(node.hooks());
		kliq.faults.next({ method: 'GET', status: 400 });
		const message = await messageOf(remove.call(node.hooks()));
		expect(kliq.subscriptions()).toEqual([]);
		// What is certain to be deleted is not named as left.
		expect(message).toContain('KLIQ may still hold a webhook subscription to http');
	});

	it.each(['hides its URL', 'does not show it'])(
		'deletes the remembered subscription when the list %s, also after a restart',
		async (how) => {
			const { deviations } = kliq.settings;
			if (how === 'hides its URL') deviations.shownUrl = 'hidden';
			else deviations.listsNew = false;
			const node = trigger();
			await create.call(node.hooks());
			const { staticData } = node;
			await remove.call(trigger({ staticData, nodeId: randomUUID() }).hooks());
			expect(kliq.subscriptions()).toEqual([]);
			expect(requestsWith(kliq, 'DELETE')).toHaveLength(1);
		},
	);

	it('deletes the other subscriptions when one cannot be deleted', async () => {
		const node = trigger();
		const [stuck, ...deletable] = [1, 2, 3].map(() => seedOurs(node));
		const path = new RegExp(`${stuck.id}$`);
		kliq.faults.next({ method: 'DELETE', path, status: 403 });
		expect(await messageOf(remove.call(node.hooks()))).toContain('KLIQ may still hold');
		expect(kliq.subscriptions().map(({ id }) => id)).toEqual([stuck.id]);
		expect(deletable).toHaveLength(2);
	});

	it('names what KLIQ says to have deleted, and still lists', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const { staticData } = node;
		kliq.faults.next({ method: 'DELETE', status: 204, body: '', times: 2 });
		expect(await messageOf(remove.call(node.hooks()))).toContain(
			`(${staticData.webhookId}) to ${node.webhookUrl}: KLIQ confirms the deletion, and still lists it.`,
		);
	});

	it('names nothing where KLIQ has refused to subscribe, and n8n tidies up', async () => {
		const node = trigger();
		kliq.revokeKey(kliq.apiKey);
		const lines = captureLogLines(node);
		await expect(create.call(node.hooks())).rejects.toThrow('did not accept the API key');
		expect(await remove.call(node.hooks())).toBe(true);
		expect(lines).toEqual([]);
	});

	it('on n8n 1.x writes to the log what is left, so that n8n goes on with other triggers', async () => {
		jest.spyOn(n8nVersion, 'isN8nV1').mockReturnValue(true);
		const node = trigger();
		await create.call(node.hooks());
		const lines = captureLogLines(node);
		kliq.revokeKey(kliq.apiKey);
		expect(await remove.call(node.hooks())).toBe(true);
		expect(lines).toEqual([expect.stringMatching(/^error: KLIQ may still hold.*API key/)]);
		expect(node.staticData).not.toEqual({});
	});

	it('names what is left when the credential was deleted', async () => {
		const staticData = { webhookId: 'wh_1', url: rightUrl(trigger()) };
		const node = trigger({ credential: undefined, staticData });
		expect(await messageOf(remove.call(node.hooks()))).toMatch(
			/^KLIQ may still hold a webhook subscription \(wh_1\) to http.*credential/i,
		);
	});

	it('warns when the saved subscription is unknown: the credential’s tenant may have changed', async () => {
		const node = trigger({ staticData: { webhookId: 'wh_gone', url: rightUrl(trigger()) } });
		const lines = captureLogLines(node);
		await remove.call(node.hooks());
		expect(lines).toEqual([
			expect.stringMatching(/^warn: .*found no webhook subscription wh_gone at KLIQ/),
		]);
		expect(node.staticData).toEqual({});
	});

	it.each<[string, NodeSetup['staticData'], (node: NodeUnderTest) => unknown]>([
		['nothing is saved', {}, () => {}],
		['another one has our URL', { webhookId: 'wh_gone' }, (node) => seedOurs(node)],
	])('warns of nothing when %s', async (_what, staticData, arrange) => {
		const node = trigger({ staticData: { ...staticData, url: rightUrl(trigger()) } });
		arrange(node);
		const lines = captureLogLines(node);
		await remove.call(node.hooks());
		expect(lines).toEqual([]);
	});
});

describe('two instances that publish the same trigger concurrently', () => {
	/** Delays each of the first requests by up to 50 ms, so that they interleave in any order. */
	const interleaveRequests = () => {
		for (let each = 0; each < 12; each++) kliq.faults.next({ delayMs: Math.random() * 50 });
	};

	it('leave exactly one subscription, however their requests interleave', async () => {
		const rounds = Array.from({ length: 10 }, async (_, round) => {
			const two = ['one', 'other'].map((nodeId) =>
				trigger({ webhookId: `${webhookId}-${round}`, nodeId: `${webhookId}-${round}-${nodeId}` }),
			);
			interleaveRequests();
			await Promise.all(two.map(async (node) => await create.call(node.hooks())));
			return two;
		});
		for (const two of await Promise.all(rounds)) {
			const left = kliq.subscriptions().filter(({ url }) => url.startsWith(two[0].webhookUrl));
			expect(left).toHaveLength(1);
			expect(two.map(({ staticData }) => staticData.webhookId)).toContain(left[0].id);
		}
	});
});

describe('listening for a test event', () => {
	it('subscribes with the test URL and leaves the published subscription alone', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const [published] = kliq.subscriptions();

		const { closeFunction } = await new KliqTrigger().trigger.call(node.trigger([]));
		// The same node, whose static data is empty in a test.
		const test = trigger();
		await create.call(test.hooks({ isTest: true }));
		expect(kliq.subscriptions().map(({ url }) => url)).toEqual([
			published.url,
			expect.stringContaining('/webhook-test/'),
		]);

		// n8n ends a test in mode `update`.
		await remove.call(test.hooks({ isTest: true, activation: 'update' }));
		expect(kliq.subscriptions()).toEqual([published]);
		// The publication goes on.
		kliq.requests.length = 0;
		await remove.call(trigger().hooks());
		expect(requestsWith(kliq, 'DELETE').map(({ path }) => path.split('/').at(-1))).toEqual([
			published.id,
		]);
		await closeFunction!();
	});

	it.each<[string, Omit<Fault, 'method'>, string]>([
		['503', { status: 503 }, 'KLIQ is not working right now'],
		['429', { status: 429, headers: { 'retry-after': '3600' } }, 'too many requests'],
		['no answer', { cut: 'before' }, 'broke off'],
	])('fails on %s: nothing tries again', async (_what, fault, message) => {
		kliq.faults.next({ ...fault, method: 'POST', times: 9 });
		expect(await messageOf(create.call(trigger().hooks({ isTest: true })))).toContain(message);
	});
});

describe('the message when publishing fails', () => {
	it('names the field when no event is chosen', async () => {
		const node = trigger({ parameters: { events: [] } });
		expect(await messageOf(create.call(node.hooks()))).toBe(
			'No event is chosen in KLIQ Trigger. Open the node and choose at least one under Events. Then unpublish the workflow (arrow beside Publish), and publish it again.',
		);
		expect(kliq.requests).toHaveLength(0);
	});

	it.each(['http://localhost:5678', 'http://127.0.0.1:5678', 'http://[::1]:5678'])(
		'explains how to make n8n reachable at %s when KLIQ is on another machine',
		async (publicUrl) => {
			const outside = credential({ baseUrl: 'https://api.kliqpulse.com/v1' });
			const message = await messageOf(
				create.call(trigger({ publicUrl, credential: outside }).hooks()),
			);
			expect(message).toContain(`KLIQ cannot reach this n8n: its address is ${publicUrl}`);
			expect(message).toContain('WEBHOOK_URL');
			expect(message).toContain('tunnel');
		},
	);

	it.each(['n8n.example.com', 'n8n.example.com:5678', 'ftp://n8n.example.com'])(
		'explains how to make n8n reachable when its URL is %s',
		async (publicUrl) => {
			const message = await messageOf(create.call(trigger({ publicUrl }).hooks()));
			expect(message).toContain('its address is no web address');
			expect(message).toContain(
				'WEBHOOK_URL (newer n8n 2.x: N8N_WEBHOOK_URL) set to its whole address, beginning with https://',
			);
			expect(kliq.requests).toHaveLength(0);
		},
	);

	it('says what to do when n8n gives no webhook URL', async () => {
		const context = trigger().hooks();
		jest.spyOn(context, 'getNodeWebhookUrl').mockReturnValue(undefined);
		const error = await create.call(context).catch((each: unknown) => each);
		expect(error).toMatchObject({
			message:
				'n8n gave this trigger no webhook URL. Delete the node and add KLIQ Trigger again. Then unpublish the workflow (arrow beside Publish), and publish it again.',
			node: { name: 'KLIQ Trigger' },
		});
	});

	it.each([
		['that has no description', new NodeOperationError({} as INode, 'Too late'), 'Too late.'],
		['that is not a node’s', new Error('Too late'), 'Too late'],
	])('has nothing to add for an error %s', (_what, error, message) => {
		expect(() => throwWithFullMessage(error)).toThrow(error);
		expect(error.message).toBe(message);
	});

	it('has one full stop between the cause and the remedy', async () => {
		kliq.faults.next({ method: 'POST', status: 400, body: { message: 'The URL must be https.' } });
		const message = await messageOf(create.call(trigger().hooks()));
		expect(message).toContain('The URL must be https. Correct the values');
	});

	it('does not ask to publish again where a test listens', async () => {
		const node = trigger({ parameters: { events: [] } });
		expect(await messageOf(create.call(node.hooks({ isTest: true })))).toBe(
			'No event is chosen in KLIQ Trigger. Open the node and choose at least one under Events.',
		);
	});

	it('contains the remedy, since the editor does not show the description', async () => {
		const node = trigger({ credential: credential({ apiKey: 'kliq_live_wrong' }) });
		const message = await messageOf(create.call(node.hooks()));
		expect(message).toContain('KLIQ did not accept the API key. Open the KLIQ API credential');
		expect(message).not.toContain('kliq_live_wrong');
	});
});
