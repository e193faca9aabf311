import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { IDataObject, IHttpRequestOptions } from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { MAX_EMPTY_PAGES, MAX_LIST_PAGES } from '../../nodes/Kliq/transport/pagination';
import { keyIdOf } from '../../nodes/Kliq/trigger/subscription/secret';
import { kliqCredential } from '../support/kliqCredential';
import { idsOf } from '../support/n8nCore/items';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest } from '../support/n8nCore/node';
import { useVirtualTime } from '../support/n8nCore/virtualTime';
import { requestsWith } from '../support/requestLog';
import type { KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

// Responses of an API that is malicious or broken, or of a server that is not KLIQ.

let kliq: KliqSimulator;

useVirtualTime();
useSimulator((started) => (kliq = started));

afterEach(() => {
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

const SECRET = 'whsec_shared';

/** A trigger that has subscribed, unless other static data is given. */
const trigger = (staticData: IDataObject = { webhookId: 'wh_1' }) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: ['visit.submitted'], respond: 'onReceived' },
		credential: kliqCredential(kliq, { signingSecret: SECRET }),
		staticData,
	});

const { checkExists, create, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;
const { searchWebhooks } = new Kliq().methods.listSearch;

const respondOnce = (body: unknown, more = {}) =>
	kliq.faults.next({
		status: 200,
		body: typeof body === 'string' ? body : JSON.stringify(body),
		headers: { 'content-type': 'application/json' },
		...more,
	});

/** Test cases, each with a title. */
const titled = (...values: unknown[]) =>
	values.map((value): [string, unknown] => [JSON.stringify(value).slice(0, 40), value]);

/** An object whose conversion to a string throws. */
const UNPRINTABLE = { toString: 1, valueOf: 1 };

/** The trigger's right subscription, as KLIQ lists it. */
const rightOf = ({ webhookUrl }: NodeUnderTest) => ({
	id: 'wh_1',
	url: `${webhookUrl}?kid=${keyIdOf(kliq.apiKey, SECRET)}`,
	events: ['visit.submitted'],
});

describe('a list', () => {
	const INVALID_ENTRIES = [null, 1, 'wh_1', true, [], [{ id: 'wh_2' }]];

	it.each([
		['in the envelope', { data: [...INVALID_ENTRIES, { id: 'wh_3' }] }],
		['bare', [...INVALID_ENTRIES, { id: 'wh_3' }]],
	])('with invalid entries, %s, returns the valid ones', async (_where, body) => {
		respondOnce(body);
		expect((await getAll().execute()).map(({ json }) => json)).toEqual([{ id: 'wh_3' }]);
		respondOnce(body);
		expect((await searchWebhooks.call(getAll().loadOptions())).results).toHaveLength(1);
	});

	it('with invalid entries prevents neither publishing nor unpublishing', async () => {
		const nodeUnderTest = trigger();
		const mine = rightOf(nodeUnderTest);
		respondOnce({ data: [...INVALID_ENTRIES, mine] });
		expect(await checkExists.call(nodeUnderTest.hooks())).toBe(true);
		kliq.faults.next({ method: 'DELETE', status: 204 });
		respondOnce({ data: [...INVALID_ENTRIES, mine] }, { method: 'GET' });
		expect(await unsubscribe.call(nodeUnderTest.hooks())).toBe(true);
		// By its ID, and again because the list still shows it.
		const deleted = requestsWith(kliq, 'DELETE').map(({ path }) => path);
		expect(new Set(deleted)).toEqual(new Set(['/v1/tenants/t_demo/webhooks/wh_1']));
	});

	it('with values of unexpected types is listed, searched and filtered', async () => {
		const odd = { id: 'wh_1', url: UNPRINTABLE, events: [UNPRINTABLE, null], status: UNPRINTABLE };
		respondOnce({ data: [odd, { ...odd, id: UNPRINTABLE }] });
		expect(await getAll().execute()).toHaveLength(2);
		respondOnce({ data: [odd] });
		expect(await getAll({ filters: { url: 'a' } }).execute()).toEqual([]);
		respondOnce({ data: [odd, { ...odd, id: UNPRINTABLE }, { ...odd, id: '' }] });
		const { results } = await searchWebhooks.call(getAll().loadOptions());
		expect(results).toEqual([{ name: '2 events → ? (?, ?) · wh_1', value: 'wh_1' }]);
	});

	it.each<[string, object, boolean]>([
		['an ID that is an object', { id: UNPRINTABLE }, true],
		['no ID', { id: null }, true],
		['a URL that is an object', { url: UNPRINTABLE }, false],
		['events in a form that nobody knows', { events: UNPRINTABLE }, true],
	])(
		'with the trigger’s URL and %s: its subscription counts or not',
		async (_what, odd, counts) => {
			const nodeUnderTest = trigger();
			const mine = rightOf(nodeUnderTest);
			respondOnce({ data: [{ ...mine, ...odd }] });
			expect(await checkExists.call(nodeUnderTest.hooks())).toBe(counts);
		},
	);

	it.each(titled({}, '', null, ' ', '..', '.', 'a\nb', UNPRINTABLE, 'x'.repeat(10_000)))(
		'with the trigger’s URL and the unusable ID %s: deletes nothing and tells the user',
		async (_name, id) => {
			const nodeUnderTest = trigger({});
			respondOnce({ data: [{ id, url: nodeUnderTest.webhookUrl }] });
			await expect(unsubscribe.call(nodeUnderTest.hooks())).rejects.toThrow(
				/may still hold a webhook subscription to .*not the ID/,
			);
			expect(requestsWith(kliq, 'DELETE')).toEqual([]);
		},
	);

	it.each(['../../t_other/webhooks/wh_1', '%2e%2e', 'a?b#c', 'a\\..\\b', 'ä🧃'])(
		'with the trigger’s URL and the ID %j: deletes exactly that ID, encoded',
		async (id) => {
			const nodeUnderTest = trigger({});
			respondOnce({ data: [{ id, url: nodeUnderTest.webhookUrl }] });
			await unsubscribe.call(nodeUnderTest.hooks());
			expect(requestsWith(kliq, 'DELETE').map(({ path }) => path)).toEqual([
				`/v1/tenants/t_demo/webhooks/${encodeURIComponent(id)}`,
			]);
		},
	);

	it('of 100,000 entries on one page is searched to the end', async () => {
		const nodeUnderTest = trigger();
		const mine = rightOf(nodeUnderTest);
		const unrelated = Array.from({ length: 100_000 }, () => ({ url: 'https://a.example.com/' }));
		respondOnce([...unrelated, mine]);
		expect(await checkExists.call(nodeUnderTest.hooks())).toBe(true);
	});

	it('is requested with any cursor as one query value', async () => {
		const cursor = '../x?limit=1&cursor=2#\r\nX-Evil: 1\u0000🧃';
		respondOnce({ data: [], cursor: { next: cursor, hasMore: true } });
		respondOnce({ data: [{ id: 'wh_1' }] });
		expect(await getAll().execute()).toHaveLength(1);
		const [, { path, query }] = requestsWith(kliq, 'GET');
		expect(path).toBe('/v1/tenants/t_demo/webhooks');
		expect(Object.keys(query as object)).toEqual(['limit', 'cursor']);
		expect((query as IDataObject).cursor).toBe(cursor);
	});

	it('is requested with a cursor that has no URL encoding', async () => {
		respondOnce('{"data":[],"cursor":{"next":"\\ud800","hasMore":true}}');
		respondOnce({ data: [{ id: 'wh_1' }] });
		expect(await getAll().execute()).toHaveLength(1);
	});

	it.each([[{ a: 1 }], [['a']], [true], ['']])('ends at an invalid cursor: %j', async (next) => {
		respondOnce({ data: [{ id: 'wh_1' }], cursor: { next, hasMore: true } });
		expect(await getAll().execute()).toHaveLength(1);
		expect(requestsWith(kliq, 'GET')).toHaveLength(1);
	});

	it('ends where KLIQ says so, also beside a cursor', async () => {
		respondOnce({ data: [{ id: 'wh_1' }], cursor: { next: 'c1', hasMore: false } });
		expect(await getAll().execute()).toHaveLength(1);
		expect(requestsWith(kliq, 'GET')).toHaveLength(1);
	});

	it('continues at a cursor that is a number', async () => {
		respondOnce({ data: [{ id: 'wh_1' }], cursor: { next: 2, hasMore: true } });
		respondOnce({ data: [{ id: 'wh_2' }] });
		expect(await getAll().execute()).toHaveLength(2);
		expect(requestsWith(kliq, 'GET')[1].query).toMatchObject({ cursor: '2' });
	});

	it('returns an entry once when it moves to the next page between requests', async () => {
		respondOnce({ data: [{ id: 'wh_1' }, { id: 'wh_2' }], cursor: { next: 'a', hasMore: true } });
		respondOnce({ data: [{ id: 'wh_2' }, { id: 'wh_3' }, { id: 'wh_3' }] });
		expect(idsOf(await getAll().execute())).toEqual(['wh_1', 'wh_2', 'wh_3']);
	});

	it.each<[string, unknown]>([
		['an object', { data: { 0: { id: 'wh_1' }, length: 1 } }],
		['a string', { data: 'wh_1' }],
		['missing', { __proto__: null, cursor: {} }],
	])('is rejected when its data is %s', async (_what, body) => {
		respondOnce(body);
		await expect(getAll().execute()).rejects.toThrow('holds no list of webhook subscriptions');
	});
});

describe('an endless list', () => {
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

	it('with entries is given up, also in the lifecycle, which cannot be canceled', async () => {
		const context = trigger().hooks();
		const send = endless(context, [{ id: 'wh_other', url: 'https://a.example.com/' }]);
		await expect(unsubscribe.call(context)).rejects.toThrow('does not end');
		expect(send).toHaveBeenCalledTimes(MAX_LIST_PAGES);
	});

	it('without entries is given up sooner', async () => {
		const context = getAll().execution();
		const send = endless(context, []);
		await expect(new Kliq().execute.call(context)).rejects.toMatchObject({
			message: 'KLIQ’s list of webhook subscriptions does not end',
			description: expect.stringContaining('turn it off until then'),
		});
		expect(send).toHaveBeenCalledTimes(MAX_EMPTY_PAGES);
	});

	it('is read only up to the limit', async () => {
		const context = getAll({ returnAll: false, limit: 3 }).execution();
		const send = endless(context, [{ url: 'https://a.example.com/' }]);
		const [items] = await new Kliq().execute.call(context);
		expect(items).toHaveLength(3);
		expect(send).toHaveBeenCalledTimes(3);
	});
});

describe('the response to a new subscription', () => {
	it.each(
		titled(
			{},
			[],
			{ id: {} },
			{ id: UNPRINTABLE },
			{ id: '' },
			{ id: '..' },
			{ id: 'wh_1\n2026 | info | all is well' },
			{ id: 'x'.repeat(10_000) },
			{ data: [{ id: 'wh_1' }] },
		),
	)('with %s instead of an ID is an error and saves nothing', async (_name, body) => {
		const nodeUnderTest = trigger({});
		respondOnce(body, { method: 'POST' });
		await expect(create.call(nodeUnderTest.hooks({ isTest: true }))).rejects.toThrow(
			'did not say which webhook subscription',
		);
		respondOnce(body, { method: 'POST' });
		const lines = captureLogLines(nodeUnderTest);
		expect(await create.call(nodeUnderTest.hooks())).toBe(true);
		expect(lines).toEqual([expect.stringContaining('did not say which webhook subscription')]);
		expect(nodeUnderTest.staticData).toEqual({});
	});

	it('cannot pollute a prototype', async () => {
		respondOnce(
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

describe('prototype pollution', () => {
	it.each([
		'{"__proto__":{"data":[{"id":"wh_1"}]}}',
		'{"data":[],"cursor":{"__proto__":{"next":"c","hasMore":true}}}',
		'{"data":[{"__proto__":{"polluted":1,"id":"wh_1"}}],"constructor":{"prototype":{"polluted":1}}}',
	])('by a response has no effect: %s', async (body) => {
		respondOnce(body);
		await getAll()
			.execute()
			.catch((error: Error) => expect(error.message).toContain('holds no list'));
		expect(requestsWith(kliq, 'GET')).toHaveLength(1);
	});

	it('by rate limit headers has no effect', async () => {
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
	])('stays one segment of the URL: %j', async (tenantId) => {
		const nodeUnderTest = new NodeUnderTest(new Kliq(), {
			parameters: { resource: 'webhook', operation: 'getAll' },
			credential: { ...credential(), tenantId },
		});
		await expect(nodeUnderTest.execute()).rejects.toThrow(/does not know the tenant/);
		expect(requestsWith(kliq, 'GET').map(({ path }) => path)).toEqual([
			`/v1/tenants/${encodeURIComponent(tenantId)}/webhooks`,
		]);
	});
});
