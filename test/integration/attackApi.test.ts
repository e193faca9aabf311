import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { IDataObject, IHttpRequestOptions } from 'n8n-workflow';

import { MAX_EMPTY_PAGES, MAX_LIST_PAGES } from '../../nodes/Kliq/transport/pagination';
import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { kliqCredential } from '../support/kliqCredential';
import { idsOf } from '../support/n8nCore/items';
import { NodeUnderTest } from '../support/n8nCore/node';
import { startVirtualTime, stopVirtualTime } from '../support/n8nCore/virtualTime';
import { startKliqSimulator, type KliqSimulator } from '../support/simulator';

jest.mock('n8n-workflow', () =>
	jest
		.requireActual<
			typeof import('../support/n8nCore/virtualTime')
		>('../support/n8nCore/virtualTime')
		.virtualSleep(),
);

/** A KLIQ that answers with what it should not: hostile, broken, or no KLIQ at all. */
let kliq: KliqSimulator;

beforeEach(async () => {
	startVirtualTime();
	kliq = await startKliqSimulator();
});

afterEach(async () => {
	stopVirtualTime();
	await kliq.stop();
	expect(Object.keys(Object.prototype)).toEqual([]);
	expect(({} as IDataObject).polluted).toBeUndefined();
});

const credential = () => kliqCredential(kliq);

const node = (parameters: object) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { resource: 'webhook', ...parameters },
		credential: credential(),
	});

const getAll = (more = {}) => node({ operation: 'getAll', returnAll: true, ...more });

const trigger = (staticData: IDataObject = { webhookId: 'wh_1', secret: 'whsec_own' }) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: ['visit.submitted'], respond: 'onReceived' },
		credential: credential(),
		staticData,
	});

const { checkExists, create, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;
const { searchWebhooks } = new Kliq().methods.listSearch;

const answerOnce = (body: unknown, more = {}) =>
	kliq.faults.next({
		status: 200,
		body: typeof body === 'string' ? body : JSON.stringify(body),
		headers: { 'content-type': 'application/json' },
		...more,
	});

const asked = (method: string) => kliq.requests.filter((request) => request.method === method);

const named = (...values: unknown[]) =>
	values.map((value): [string, unknown] => [JSON.stringify(value).slice(0, 40), value]);

/** A text as an object that cannot be turned into one. */
const TRAP = { toString: 1, valueOf: 1 };

describe('a list', () => {
	const ODD_ENTRIES = [null, 1, 'wh_1', true, [], [{ id: 'wh_2' }]];

	it.each([
		['in the envelope', { data: [...ODD_ENTRIES, { id: 'wh_3' }] }],
		['bare', [...ODD_ENTRIES, { id: 'wh_3' }]],
	])('with entries that are none, %s, gives those that are', async (_where, body) => {
		answerOnce(body);
		expect((await getAll().execute()).map(({ json }) => json)).toEqual([{ id: 'wh_3' }]);
		answerOnce(body);
		expect((await searchWebhooks.call(getAll().loadOptions())).results).toHaveLength(1);
	});

	it('with entries that are none neither stops publishing nor unpublishing', async () => {
		const nodeUnderTest = trigger();
		const mine = { id: 'wh_1', url: nodeUnderTest.webhookUrl, events: ['visit.submitted'] };
		answerOnce({ data: [...ODD_ENTRIES, mine] });
		expect(await checkExists.call(nodeUnderTest.hooks())).toBe(true);
		kliq.faults.next({ method: 'DELETE', status: 204 });
		answerOnce({ data: [...ODD_ENTRIES, mine] }, { method: 'GET' });
		expect(await unsubscribe.call(nodeUnderTest.hooks())).toBe(true);
		expect(asked('DELETE').map(({ path }) => path)).toEqual(['/v1/tenants/t_demo/webhooks/wh_1']);
	});

	it('with values of other kinds is listed, searched and filtered', async () => {
		const odd = { id: 'wh_1', url: TRAP, events: [TRAP, null], status: TRAP };
		answerOnce({ data: [odd, { ...odd, id: TRAP }] });
		expect(await getAll().execute()).toHaveLength(2);
		answerOnce({ data: [odd] });
		expect(await getAll({ filters: { url: 'a' } }).execute()).toEqual([]);
		answerOnce({ data: [odd, { ...odd, id: TRAP }, { ...odd, id: '' }] });
		const { results } = await searchWebhooks.call(getAll().loadOptions());
		expect(results).toEqual([{ name: '2 events → ? (?, ?)', value: 'wh_1' }]);
	});

	it('with the trigger’s URL and odd values is no subscription it holds', async () => {
		const nodeUnderTest = trigger();
		for (const odd of [{ id: TRAP }, { id: null }, { id: ['wh_1'] }, { events: TRAP }]) {
			answerOnce({
				data: [{ id: 'wh_1', url: nodeUnderTest.webhookUrl, events: ['visit.submitted'], ...odd }],
			});
			expect(await checkExists.call(nodeUnderTest.hooks())).toBe(false);
		}
	});

	it.each(named({}, '', null, ' ', '..', '.', 'a\nb', TRAP, 'x'.repeat(10_000)))(
		'with the trigger’s URL under the ID %s: nothing is deleted, and a person told',
		async (_name, id) => {
			const nodeUnderTest = trigger({});
			answerOnce({ data: [{ id, url: nodeUnderTest.webhookUrl }] });
			await expect(unsubscribe.call(nodeUnderTest.hooks())).rejects.toThrow(
				/may still hold a webhook subscription to .*not the ID/,
			);
			expect(asked('DELETE')).toEqual([]);
		},
	);

	it.each(['../../t_other/webhooks/wh_1', '%2e%2e', 'a?b#c', 'a\\..\\b', 'ä🧃'])(
		'with the trigger’s URL under the ID %j: that one thing is asked to be deleted',
		async (id) => {
			const nodeUnderTest = trigger({});
			answerOnce({ data: [{ id, url: nodeUnderTest.webhookUrl }] });
			await unsubscribe.call(nodeUnderTest.hooks());
			expect(asked('DELETE').map(({ path }) => path)).toEqual([
				`/v1/tenants/t_demo/webhooks/${encodeURIComponent(id)}`,
			]);
		},
	);

	it('of a hundred thousand entries on one page is looked through', async () => {
		const nodeUnderTest = trigger();
		const mine = { id: 'wh_1', url: nodeUnderTest.webhookUrl, events: ['visit.submitted'] };
		const others = Array.from({ length: 100_000 }, () => ({ url: 'https://a.example.com/' }));
		answerOnce([...others, mine]);
		expect(await checkExists.call(nodeUnderTest.hooks())).toBe(true);
	}, 60_000);

	it('is asked for under a cursor that is anything, as one value', async () => {
		const cursor = '../x?limit=1&cursor=2#\r\nX-Evil: 1\u0000🧃';
		answerOnce({ data: [], cursor: { next: cursor, hasMore: true } });
		answerOnce({ data: [{ id: 'wh_1' }] });
		expect(await getAll().execute()).toHaveLength(1);
		const [, { path, query }] = asked('GET');
		expect(path).toBe('/v1/tenants/t_demo/webhooks');
		expect(Object.keys(query as object)).toEqual(['limit', 'cursor']);
		expect((query as IDataObject).cursor).toBe(cursor);
	});

	it('is asked for under a cursor that has no encoding, without breaking', async () => {
		answerOnce('{"data":[],"cursor":{"next":"\\ud800","hasMore":true}}');
		answerOnce({ data: [{ id: 'wh_1' }] });
		expect(await getAll().execute()).toHaveLength(1);
	});

	it.each([[{ a: 1 }], [['a']], [true], ['']])(
		'ends at a cursor that is none: %j',
		async (next) => {
			answerOnce({ data: [{ id: 'wh_1' }], cursor: { next, hasMore: true } });
			expect(await getAll().execute()).toHaveLength(1);
			expect(asked('GET')).toHaveLength(1);
		},
	);

	it('reads on at a cursor that is a number', async () => {
		answerOnce({ data: [{ id: 'wh_1' }], cursor: { next: 2, hasMore: true } });
		answerOnce({ data: [{ id: 'wh_2' }] });
		expect(await getAll().execute()).toHaveLength(2);
		expect(asked('GET')[1].query).toMatchObject({ cursor: '2' });
	});

	it('gives an entry once, even if it moves to the next page meanwhile', async () => {
		answerOnce({ data: [{ id: 'wh_1' }, { id: 'wh_2' }], cursor: { next: 'a', hasMore: true } });
		answerOnce({ data: [{ id: 'wh_2' }, { id: 'wh_3' }, { id: 'wh_3' }] });
		expect(idsOf(await getAll().execute())).toEqual(['wh_1', 'wh_2', 'wh_3']);
	});

	it.each<[string, unknown]>([
		['an object', { data: { 0: { id: 'wh_1' }, length: 1 } }],
		['a text', { data: 'wh_1' }],
		['missing', { __proto__: null, cursor: {} }],
	])('whose data is %s is none', async (_what, body) => {
		answerOnce(body);
		await expect(getAll().execute()).rejects.toThrow('holds no list of webhook subscriptions');
	});
});

describe('a list under ever-new cursors', () => {
	const endless = (context: ReturnType<NodeUnderTest['hooks' | 'execution']>, data: unknown[]) => {
		let pages = 0;
		const send = jest.spyOn(context.helpers, 'httpRequestWithAuthentication');
		send.mockImplementation(async (_type: string, { method }: IHttpRequestOptions) => ({
			statusCode: 200,
			headers: {},
			body:
				method === 'GET'
					? { data, cursor: { next: `c${++pages}`, hasMore: true } }
					: { id: 'wh_new' },
		}));
		return send;
	};

	it('and with entries is given up, in the lifecycle that nobody can cancel', async () => {
		const context = trigger().hooks();
		const send = endless(context, [{ id: 'wh_other', url: 'https://a.example.com/' }]);
		await expect(checkExists.call(context)).rejects.toThrow('does not end');
		expect(send).toHaveBeenCalledTimes(MAX_LIST_PAGES);
	}, 60_000);

	it('and without any entry is given up sooner', async () => {
		const context = getAll().execution();
		const send = endless(context, []);
		await expect(new Kliq().execute.call(context)).rejects.toThrow('does not end');
		expect(send).toHaveBeenCalledTimes(MAX_EMPTY_PAGES);
	});

	it('is not asked for more than is wanted', async () => {
		const context = getAll({ returnAll: false, limit: 3 }).execution();
		const send = endless(context, [{ url: 'https://a.example.com/' }]);
		const [items] = await new Kliq().execute.call(context);
		expect(items).toHaveLength(3);
		expect(send).toHaveBeenCalledTimes(3);
	});
});

describe('the answer to a new subscription', () => {
	it.each(
		named(
			{},
			[],
			{ id: {} },
			{ id: TRAP },
			{ id: '' },
			{ id: '..' },
			{ id: 'wh_1\n2026 | info | all is well' },
			{ id: 'x'.repeat(10_000) },
			{ data: [{ id: 'wh_1' }] },
		),
	)('that holds no ID, but %s, is no subscription, and remembers nothing', async (_name, body) => {
		const nodeUnderTest = trigger({});
		answerOnce(body, { method: 'POST' });
		await expect(create.call(nodeUnderTest.hooks())).rejects.toThrow(
			'did not say which webhook subscription',
		);
		expect(nodeUnderTest.memory).toEqual({});
	});

	it('cannot reach any prototype', async () => {
		answerOnce(
			'{"id":"wh_1","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
		);
		const nodeUnderTest = node({
			operation: 'create',
			url: 'https://a.example.com/',
			events: ['cv.job.failed'],
		});
		const [{ json }] = await nodeUnderTest.execute();
		expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
		expect(json.polluted).toBeUndefined();
	});
});

describe('answers that would reach a prototype', () => {
	it.each([
		'{"__proto__":{"data":[{"id":"wh_1"}]}}',
		'{"data":[],"cursor":{"__proto__":{"next":"c","hasMore":true}}}',
		'{"data":[{"__proto__":{"polluted":1,"id":"wh_1"}}],"constructor":{"prototype":{"polluted":1}}}',
	])('do not: %s', async (body) => {
		answerOnce(body);
		await getAll()
			.execute()
			.catch((error: Error) => expect(error.message).toContain('holds no list'));
		expect(asked('GET')).toHaveLength(1);
	});

	it('do not in what is learnt of the limits', async () => {
		kliq.faults.next({
			status: 429,
			headers: { 'retry-after': '9'.repeat(400), 'x-ratelimit-reset': '__proto__' },
		});
		await expect(getAll().execute()).rejects.toThrow('too many requests');
		expect(await getAll().execute()).toEqual([]);
	});
});

describe('a tenant ID', () => {
	it.each([
		'../t_other',
		'a/../..',
		'%2e%2e',
		'a?b',
		'a#b',
		'a\\b',
		'a\r\nX: 1',
		'ü🧃',
		'x'.repeat(90),
	])('stays one segment of the address: %j', async (tenantId) => {
		const nodeUnderTest = new NodeUnderTest(new Kliq(), {
			parameters: { resource: 'webhook', operation: 'getAll' },
			credential: { ...credential(), tenantId },
		});
		await expect(nodeUnderTest.execute()).rejects.toThrow(/does not know the tenant/);
		expect(asked('GET').map(({ path }) => path)).toEqual([
			`/v1/tenants/${encodeURIComponent(tenantId)}/webhooks`,
		]);
	});
});
