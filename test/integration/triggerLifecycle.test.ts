import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { kliqCredential } from '../support/kliqCredential';
import { NodeUnderTest, type NodeSetUp } from '../support/n8nCore/node';
import { startKliqSimulator, type KliqSimulator, type Liveness } from '../support/simulator';

const { checkExists, create, delete: remove } = new KliqTrigger().webhookMethods.default;
const EVENTS = ['cv.job.completed', 'cv.job.failed'];

let kliq: KliqSimulator;

beforeEach(async () => {
	kliq = await startKliqSimulator();
});

afterEach(async () => {
	await kliq.stop();
});

const credential = (more = {}) => kliqCredential(kliq, more);

/** The same trigger node, hence the same URL, at different moments of its life. */
const trigger = (more: Partial<NodeSetUp> = {}) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: EVENTS, respond: 'onReceived' },
		credential: credential(),
		webhookId: '5d0c1f5e-6c1d-4f7c-9f1e-0b7a7c1f2a3b',
		...more,
	});

const exists = async (node: NodeUnderTest) => await checkExists.call(node.hooks());

/** The error's message, which is all that the editor shows while publishing. */
const messageOf = async (step: Promise<unknown>) =>
	await step.then(
		() => 'no error',
		(error: Error) => error.message,
	);

const seedOurs = (node: NodeUnderTest, more = {}) =>
	kliq.seedSubscription({ url: node.webhookUrl, events: EVENTS, ...more });

describe('publish', () => {
	it('makes one subscription with our URL, the chosen events and a random secret', async () => {
		const node = trigger();
		expect(await exists(node)).toBe(false);
		await create.call(node.hooks());

		expect(kliq.subscriptions()).toEqual([
			expect.objectContaining({
				url: node.webhookUrl,
				events: EVENTS,
				secret: expect.stringMatching(/^whsec_[0-9a-f]{64}$/),
			}),
		]);
		const [{ id, secret }] = kliq.subscriptions();
		expect(node.memory).toEqual({ webhookId: id, secret });
		expect(await exists(node)).toBe(true);
	});

	it('uses the credential’s secret where there is one, and remembers none', async () => {
		const node = trigger({ credential: credential({ signingSecret: ' whsec_shared ' }) });
		await create.call(node.hooks());

		const [{ id, secret }] = kliq.subscriptions();
		expect(secret).toBe('whsec_shared');
		expect(node.memory).toEqual({ webhookId: id });
		expect(await exists(node)).toBe(true);
	});

	it.each(['cv.job.failed, visit.submitted', '["cv.job.failed","visit.submitted"]'])(
		'takes events that an expression gives as text: %s',
		async (events) => {
			const node = trigger({ parameters: { events, respond: 'onReceived' } });
			await create.call(node.hooks());
			expect(kliq.subscriptions()[0].events).toEqual(['cv.job.failed', 'visit.submitted']);
			expect(await exists(node)).toBe(true);
		},
	);

	it('asks KLIQ no more than three times, unpublishing no more than twice', async () => {
		const node = trigger();
		if (!(await exists(node))) await create.call(node.hooks());
		expect(kliq.requests.length).toBeLessThanOrEqual(3);

		kliq.requests.length = 0;
		await remove.call(node.hooks());
		expect(kliq.requests.length).toBeLessThanOrEqual(2);
	});

	it('subscribes before it removes what earlier lives left, and touches nobody else’s', async () => {
		const node = trigger();
		for (let each = 0; each < 20; each++) seedOurs(node);
		const others = ['https://elsewhere.example.com/a', `${node.webhookUrl}/x`].map((url) =>
			kliq.seedSubscription({ url, events: EVENTS }),
		);
		await create.call(node.hooks());

		const ids = kliq.subscriptions().map(({ id }) => id);
		expect(ids.sort()).toEqual([...others.map(({ id }) => id), node.memory.webhookId].sort());
		const methods = kliq.requests.map(({ method }) => method);
		expect(methods.indexOf('POST')).toBeLessThan(methods.indexOf('DELETE'));
	});

	it('finds ours on the last of many pages', async () => {
		for (let each = 0; each < 1_000; each++) {
			kliq.seedSubscription({ url: `https://other.example.com/${each}`, events: EVENTS });
		}
		const node = trigger();
		seedOurs(node);
		await create.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(1_001);
		expect(await exists(node)).toBe(true);
	});

	it('understands a list that comes as a bare array', async () => {
		kliq.settings.listShape = 'array';
		const node = trigger();
		seedOurs(node);
		await create.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(1);
		expect(await exists(node)).toBe(true);
	});

	it('ends where KLIQ repeats a cursor', async () => {
		const node = trigger();
		seedOurs(node);
		kliq.faults.cursorRepeats = true;
		await remove.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(0);
	});

	it('leaves nothing behind when KLIQ’s answer got lost and n8n tidies up', async () => {
		const node = trigger();
		kliq.faults.next({ method: 'POST', cut: 'after' });
		await expect(create.call(node.hooks())).rejects.toThrow(/broke off/);
		expect(kliq.subscriptions()).toHaveLength(1);

		await remove.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(0);
	});
});

describe('checkExists', () => {
	const published = async (more: Partial<NodeSetUp> = {}) => {
		const node = trigger(more);
		await create.call(node.hooks());
		expect(await exists(node)).toBe(true);
		return node;
	};

	it.each<Liveness>(['active', 'enabled', 'status'])(
		'says no when KLIQ has switched ours off and tells by %s',
		async (liveness) => {
			kliq.settings.liveness = liveness;
			const node = await published();
			kliq.disable(String(node.memory.webhookId));
			expect(await exists(node)).toBe(false);
		},
	);

	it('says no when ours is gone', async () => {
		const node = await published();
		const { memory } = node;
		await remove.call(node.hooks());
		expect(await exists(trigger({ staticData: memory }))).toBe(false);
	});

	it('says no when there is a second one with our URL', async () => {
		const node = await published();
		seedOurs(node);
		expect(await exists(node)).toBe(false);
	});

	it('says no when the events have changed', async () => {
		const node = await published();
		for (const events of [['visit.submitted'], [...EVENTS, 'visit.submitted'], EVENTS.slice(1)]) {
			const changed = trigger({ parameters: { events }, staticData: node.memory });
			expect(await exists(changed)).toBe(false);
		}
	});

	it('says no when the one with our URL is not the one we hold', async () => {
		const node = trigger({ staticData: { webhookId: 'wh_other', secret: 'whsec_other' } });
		seedOurs(node);
		expect(await exists(node)).toBe(false);
	});

	it('says no when nobody knows the secret any more', async () => {
		const webhookId = seedOurs(trigger()).id;
		expect(await exists(trigger({ staticData: { webhookId } }))).toBe(false);
		const secret = 'whsec_known';
		expect(await exists(trigger({ staticData: { webhookId, secret } }))).toBe(true);
	});

	it('asks nobody when nothing is remembered', async () => {
		const node = trigger({ credential: credential({ signingSecret: 'whsec_shared' }) });
		seedOurs(node);
		expect(await exists(node)).toBe(false);
		expect(kliq.requests).toHaveLength(0);
	});

	it('changes nothing', async () => {
		const node = await published();
		seedOurs(node);
		const before = [node.memory, kliq.subscriptions()];
		await exists(node);
		expect([node.memory, kliq.subscriptions()]).toEqual(before);
	});
});

describe('unpublish', () => {
	it('leaves none with our URL, remembered or not, and forgets', async () => {
		const node = trigger();
		await create.call(node.hooks());
		seedOurs(node);
		const other = kliq.seedSubscription({ url: 'https://other.example.com/', events: EVENTS });
		await remove.call(node.hooks());

		expect(kliq.subscriptions()).toEqual([other]);
		expect(node.memory).toEqual({});
	});

	it('works with nothing remembered', async () => {
		const node = trigger();
		seedOurs(node);
		await remove.call(node.hooks());
		expect(kliq.subscriptions()).toHaveLength(0);
	});

	it('takes one that went meanwhile for deleted', async () => {
		const node = trigger();
		await create.call(node.hooks());
		kliq.faults.next({ method: 'DELETE', status: 404 });
		await remove.call(node.hooks());
		expect(node.memory).toEqual({});
	});

	it('says what is left at KLIQ when it cannot unsubscribe, and keeps what it remembers', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const { memory } = node;
		kliq.faults.next({ method: 'DELETE', status: 403 });
		const message = await messageOf(remove.call(node.hooks()));
		expect(message).toContain(
			`KLIQ may still hold a webhook subscription (${memory.webhookId}) to ${node.webhookUrl}`,
		);
		expect(message).toContain('The API key is not allowed to do this');
		expect(message).toContain('Delete it at KLIQ');
		expect(node.memory).toEqual(memory);
	});

	it('ends all it can where one cannot be ended', async () => {
		const node = trigger();
		const [stuck, ...others] = [1, 2, 3].map(() => seedOurs(node));
		const path = new RegExp(`${stuck.id}$`);
		kliq.faults.next({ method: 'DELETE', path, status: 403 });
		expect(await messageOf(remove.call(node.hooks()))).toContain('KLIQ may still hold');
		expect(kliq.subscriptions().map(({ id }) => id)).toEqual([stuck.id]);
		expect(others).toHaveLength(2);
	});

	it('says it, too, when the credential is gone', async () => {
		const staticData = { webhookId: 'wh_1', secret: 'whsec_1' };
		const node = trigger({ credential: undefined, staticData });
		expect(await messageOf(remove.call(node.hooks()))).toMatch(
			/^KLIQ may still hold a webhook subscription \(wh_1\) to http.*credential/i,
		);
	});

	it('warns when the one it remembers is not there: the credential may be another tenant’s now', async () => {
		const node = trigger({ staticData: { webhookId: 'wh_elsewhere', secret: 'whsec_1' } });
		const context = node.hooks();
		const warn = jest.spyOn(context.logger, 'warn').mockImplementation(() => {});
		await remove.call(context);
		expect(warn).toHaveBeenCalledWith(expect.stringContaining('wh_elsewhere'));
		expect(node.memory).toEqual({});
	});
});

describe('two n8n that publish the same trigger at once', () => {
	/** Up to 50 ms before each of the first requests, so that theirs mix in every order. */
	const mixTheRequests = () => {
		for (let each = 0; each < 12; each++) kliq.faults.next({ delayMs: Math.random() * 50 });
	};

	it('leave exactly one subscription, however their requests mix', async () => {
		const rounds = Array.from({ length: 10 }, async (_, round) => {
			const two = [1, 2].map(() => trigger({ webhookId: `shared-${round}` }));
			mixTheRequests();
			await Promise.all(two.map(async (node) => await create.call(node.hooks())));
			return two;
		});
		for (const two of await Promise.all(rounds)) {
			const left = kliq.subscriptions().filter(({ url }) => url === two[0].webhookUrl);
			expect(left).toHaveLength(1);
			expect(two.map(({ memory }) => memory.webhookId)).toContain(left[0].id);
		}
	});

	it('subscribes again when the other has ended ours while we ended theirs', async () => {
		const node = trigger();
		seedOurs(node);
		const publishing = create.call(node.hooks());
		const mine = () => kliq.subscriptions().find(({ id }) => id === node.memory.webhookId);
		kliq.faults.next({ method: 'DELETE', delayMs: 100 });
		while (!kliq.requests.some(({ method }) => method === 'DELETE')) await setImmediate();
		const { id, url } = mine()!;
		const { apiKey, baseUrl, tenantId } = kliq;
		await fetch(`${baseUrl}/tenants/${tenantId}/webhooks/${id}`, {
			method: 'DELETE',
			headers: { 'X-API-Key': apiKey },
		});
		await publishing;
		expect(kliq.subscriptions()).toEqual([expect.objectContaining({ url })]);
		expect(mine()).toBeDefined();
	});
});

describe('listening for a test event', () => {
	it('subscribes with the test URL and does not touch the published subscription', async () => {
		const node = trigger();
		await create.call(node.hooks());
		const [live] = kliq.subscriptions();

		const test = new NodeUnderTest(new KliqTrigger(), {
			parameters: { events: EVENTS },
			credential: credential(),
		});
		await create.call(test.hooks({ isTest: true }));
		expect(kliq.subscriptions().map(({ url }) => url)).toEqual([
			live.url,
			expect.stringContaining('/webhook-test/'),
		]);

		await remove.call(test.hooks({ isTest: true }));
		expect(kliq.subscriptions()).toEqual([live]);
	});
});

describe('what a person reads when publishing fails', () => {
	it('says it when no event is chosen', async () => {
		const node = trigger({ parameters: { events: [] } });
		expect(await messageOf(create.call(node.hooks()))).toBe(
			'No event is chosen in KLIQ Trigger. Open the node and choose at least one under Events, then publish again',
		);
		expect(kliq.requests).toHaveLength(0);
	});

	it.each(['http://localhost:5678', 'http://127.0.0.1:5678', 'http://[::1]:5678'])(
		'says how to be reached when n8n is at %s and KLIQ is not on this machine',
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
		'says how to be reached when n8n takes %s for its address',
		async (publicUrl) => {
			const message = await messageOf(create.call(trigger({ publicUrl }).hooks()));
			expect(message).toContain('its address is no web address');
			expect(message).toContain('WEBHOOK_URL set to its whole address, beginning with https://');
			expect(kliq.requests).toHaveLength(0);
		},
	);

	it('puts one full stop between what went wrong and what to do', async () => {
		kliq.faults.next({ method: 'POST', status: 400, body: { message: 'The URL must be https.' } });
		const message = await messageOf(create.call(trigger().hooks()));
		expect(message).toContain('The URL must be https. Correct the values');
	});

	it('does not send a person looking where publishing again puts all right', async () => {
		kliq.faults.next({ method: 'POST', cut: 'after' });
		const message = await messageOf(create.call(trigger().hooks()));
		expect(message).toContain('broke off. Try again in a few minutes');
	});

	it('has the way out in the message, not in the description', async () => {
		const node = trigger({ credential: credential({ apiKey: 'kliq_live_wrong' }) });
		const message = await messageOf(create.call(node.hooks()));
		expect(message).toContain('KLIQ did not accept the API key. Open the KLIQ API credential');
		expect(message).not.toContain('kliq_live_wrong');
	});
});
