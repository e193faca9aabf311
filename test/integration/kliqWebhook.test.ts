import { setImmediate, setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, idsOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { withMaxInFlight } from '../support/requestLog';
import { KLIQ_EVENT_TYPES, type KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

let kliq: KliqSimulator;

useSimulator((started) => (kliq = started));

/** Requests that one execution may have in flight. */
const MAX_CONCURRENCY = 10;

const node = (parameters: object, more: Partial<NodeSetup> & { secret?: string } = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { resource: 'webhook', ...parameters },
		credential: kliqCredential(kliq, { signingSecret: more.secret ?? '' }),
		...more,
	});

const urlOf = (number: number) => `https://n8n.example.com/${number}`;
const seed = (count: number, more = {}) =>
	Array.from({ length: count }, (_, number) =>
		kliq.seedSubscription({ url: urlOf(number), events: ['cv.job.failed'], ...more }),
	);

describe('get many', () => {
	it('returns all pages', async () => {
		const seeded = seed(250);
		const output = await node({ operation: 'getAll', returnAll: true }).execute();
		expect(idsOf(output)).toEqual(seeded.map(({ id }) => id));
		expect(output[0]).toEqual({
			json: { id: seeded[0].id, url: urlOf(0), events: ['cv.job.failed'], active: true },
			pairedItem: { item: 0 },
		});
		expect(kliq.requests).toHaveLength(3);
	});

	it.each([
		[1, [1]],
		[50, [50]],
		[100, [100]],
		[130, [100, 30]],
	])('requests no more than a limit of %i', async (limit, sizes) => {
		seed(200);
		const output = await node({ operation: 'getAll', returnAll: false, limit }).execute();
		expect(output).toHaveLength(limit);
		expect(kliq.requests.map(({ query }) => Number(query.limit))).toEqual(sizes);
	});

	it('returns fewer than the limit when there are no more', async () => {
		seed(3);
		expect(await node({ operation: 'getAll', limit: 50 }).execute()).toHaveLength(3);
		expect(kliq.requests).toHaveLength(1);
	});

	it('returns no item when there is no subscription', async () => {
		expect(await node({ operation: 'getAll', returnAll: true }).execute()).toEqual([]);
	});

	it('filters by event and part of the URL, and stops at the limit', async () => {
		seed(150);
		const wanted = seed(2, { url: 'https://N8N.shop.example/x', events: ['visit.submitted'] });
		seed(100, { events: ['visit.submitted'] });
		seed(100, { url: 'https://n8n.shop.example/y' });

		const filters = { event: 'visit.submitted', url: ' n8n.SHOP ' };
		const all = await node({ operation: 'getAll', returnAll: true, filters }).execute();
		expect(idsOf(all)).toEqual(wanted.map(({ id }) => id));
		expect(kliq.requests).toHaveLength(4);

		kliq.requests.length = 0;
		const some = await node({ operation: 'getAll', limit: 2, filters }).execute();
		expect(some).toHaveLength(2);
		expect(kliq.requests).toHaveLength(2);
	});

	it('pairs each result with its input item', async () => {
		seed(2);
		const output = await node({ operation: 'getAll', limit: '={{ $json.limit }}' }).execute(
			items([{ limit: 1 }, { limit: 2 }]),
		);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 1 },
		]);
	});

	it('searches all pages with either filter', async () => {
		seed(120);
		const url = 'https://n8n.shop.example/x';
		const [wanted] = seed(1, { url, events: ['visit.submitted'] });
		for (const filters of [
			{ event: '', url: 'shop' },
			{ event: '={{ null }}', url: ' SHOP ' },
			{ event: ' visit.submitted ', url: '' },
			{ event: 'visit.submitted', url: '={{ $json.missing }}' },
			{ event: 'visit.submitted' },
			{ url: 'shop' },
		]) {
			const output = await node({ operation: 'getAll', limit: 50, filters }).execute();
			expect(idsOf(output)).toEqual([wanted.id]);
		}
	});

	it('filters out a subscription whose URL KLIQ lists as no text', async () => {
		const listed = [{ id: 'wh_1' }, { id: 'wh_2', url: null }, { id: 'wh_3', url: urlOf(3) }];
		kliq.faults.next({ method: 'GET', status: 200, body: { data: listed } });
		const filters = { url: '/' };
		const output = await node({ operation: 'getAll', returnAll: true, filters }).execute();
		expect(idsOf(output)).toEqual(['wh_3']);
	});

	it('requests no more than the limit when the filters are blank', async () => {
		seed(120);
		await node({ operation: 'getAll', limit: 5, filters: { event: '', url: ' ' } }).execute();
		expect(kliq.requests.map(({ query }) => query.limit)).toEqual(['5']);
	});

	it.each([
		[{ event: '={{ ["visit.submitted"] }}' }, 'The Event is not text'],
		[{ url: '={{ $json }}' }, 'The URL Contains is not text'],
	])('rejects the filters %j without a request', async (filters, expected) => {
		const { message } = await errorOf(node({ operation: 'getAll', filters }));
		expect(message).toBe(expected);
		expect(kliq.requests).toEqual([]);
	});

	it.each(['secret', 'signingSecret', 'signing_secret'])(
		'returns no secret, also when the API lists one as %s',
		async (name) => {
			const shown = { id: 'wh_1', url: urlOf(1), events: ['cv.job.failed'], status: 'active' };
			const body = { data: [{ ...shown, [name]: 'whsec_hidden' }] };
			kliq.faults.next({ method: 'GET', status: 200, body });
			const output = await node({ operation: 'getAll', returnAll: true }).execute();
			expect(output).toEqual([{ json: shown, pairedItem: { item: 0 } }]);
		},
	);
});

describe('delete', () => {
	const deleteById = { operation: 'delete', webhookId: byId('={{ $json.id }}') };

	it('deletes one for each item, in order', async () => {
		const seeded = seed(30);
		const [kept] = seeded.splice(7, 1);
		const output = await node(deleteById).execute(items(seeded));
		expect(output).toEqual(
			seeded.map((_, item) => ({ json: { deleted: true }, pairedItem: { item } })),
		);
		expect(kliq.subscriptions()).toEqual([kept]);
	});

	it('reads the credential once per item, not per request', async () => {
		const nodeUnderTest = node(deleteById);
		kliq.faults.next({ method: 'DELETE', status: 429, headers: { 'Retry-After': '1' }, times: 3 });
		await nodeUnderTest.execute(items(seed(30)));
		expect(kliq.requests).toHaveLength(33);
		expect(nodeUnderTest.credentials.reads).toBe(30);
	});

	it('has at most MAX_CONCURRENCY requests in flight', async () => {
		const seeded = seed(40);
		kliq.faults.next({ method: 'DELETE', delayMs: 400, times: 40 });
		const { maxInFlight } = await withMaxInFlight(
			kliq,
			async () => await node(deleteById).execute(items(seeded)),
		);
		expect(maxInFlight).toBe(MAX_CONCURRENCY);
	});

	it('fails only the affected item under Continue on Fail', async () => {
		const [first, last] = seed(2);
		const input = items([first, { id: 'wh_unknown' }, { id: '' }, last]);
		const output = await node(deleteById, { onError: 'continueRegularOutput' }).execute(input);
		expect(output).toEqual([
			{ json: { deleted: true }, pairedItem: { item: 0 } },
			{
				json: { error: 'KLIQ has no webhook subscription with the ID “wh_unknown”' },
				pairedItem: { item: 1 },
			},
			{ json: { error: 'No Webhook Subscription is chosen' }, pairedItem: { item: 2 } },
			{ json: { deleted: true }, pairedItem: { item: 3 } },
		]);
	});

	it('stops at the first failure and names its item', async () => {
		const seeded = seed(100);
		const input = items([{ id: 'wh_unknown' }, ...seeded]);
		await expect(node(deleteById).execute(input)).rejects.toMatchObject({
			httpCode: '404',
			context: { itemIndex: 0 },
		});
		const deleted = 100 - kliq.subscriptions().length;
		expect(deleted).toBeLessThan(3 * MAX_CONCURRENCY);
	});

	it('reports the failed item with the lowest index, not the earliest failure', async () => {
		kliq.faults.next({ method: 'DELETE', path: /wh_slow$/, delayMs: 100 });
		const input = items([{ id: 'wh_slow' }, { id: '' }]);
		await expect(node(deleteById).execute(input)).rejects.toThrow('“wh_slow”');
	});

	it('sends nothing more after the execution is canceled', async () => {
		const seeded = seed(100);
		kliq.faults.next({ method: 'DELETE', delayMs: 50, times: 100 });
		const cancel = new AbortController();
		const execution = node(deleteById).execute(items(seeded), cancel.signal);
		while (kliq.requests.length < MAX_CONCURRENCY) await setImmediate();
		cancel.abort();
		await execution.catch(() => {});
		// The API has received the requests in flight and still answers them.
		await setTimeout(150);
		expect(kliq.requests.length).toBeLessThanOrEqual(3 * MAX_CONCURRENCY);
	});
});

describe('create', () => {
	const parameters = {
		operation: 'create',
		url: ' https://your-server.example.com/kliq ',
		events: ['visit.submitted', 'cv.job.failed'],
	};

	it('subscribes and returns the generated secret once', async () => {
		const [{ json }] = await node(parameters).execute();
		const [{ id, secret }] = kliq.subscriptions();
		expect(json).toEqual({
			id,
			url: 'https://your-server.example.com/kliq',
			events: parameters.events,
			active: true,
			secret,
		});
		expect(secret).toMatch(/^whsec_[0-9a-f]{64}$/);
	});

	it.each([
		['one name', ' cv.job.failed '],
		['names with commas', 'visit.submitted, cv.job.failed,'],
		['JSON', '["visit.submitted", "cv.job.failed"]'],
		['an expression', '={{ ["visit.submitted", "visit.submitted"] }}'],
	])('accepts events as text: %s', async (_what, events) => {
		const [{ json }] = await node({ ...parameters, events }).execute();
		const expected = parameters.events.filter((event) => events.includes(event));
		expect(json.events).toEqual(expected);
		expect(kliq.subscriptions()[0].events).toEqual(expected);
	});

	it('names the known event types for an unknown one', async () => {
		const { description } = await errorOf(node({ ...parameters, events: ['all'] }));
		expect(description).toContain(`${[...KLIQ_EVENT_TYPES].sort().join(', ')}.`);
	});

	it('says where to choose an event', async () => {
		const { description } = await errorOf(node({ ...parameters, events: [] }));
		expect(description).toBe('Choose at least one under Events');
	});

	it('uses the credential’s secret if there is one', async () => {
		const [{ json }] = await node(parameters, { secret: 'whsec_shared' }).execute();
		expect(json.secret).toBe('whsec_shared');
		expect(kliq.subscriptions()[0].secret).toBe('whsec_shared');
	});

	it.each(['http://localhost:5678/webhook/a', 'https://127.1/a', 'http://[::1]/'])(
		'refuses %s, which KLIQ cannot reach, unless KLIQ is local, too',
		async (url) => {
			const create = (baseUrl: string) =>
				node(
					{ operation: 'create', url, events: ['visit.submitted'] },
					{ credential: kliqCredential(kliq, { baseUrl }) },
				);
			const { message } = await errorOf(create('https://api.kliqpulse.com/v1'));
			expect(message).toBe(
				`KLIQ cannot reach ${new URL(url).origin}, which only this machine knows`,
			);
			await create(kliq.baseUrl).execute();
			expect(kliq.subscriptions()).toHaveLength(1);
		},
	);

	it.each([
		[{ url: '' }, 'The URL is empty'],
		[{ url: 'n8n.example.com' }, 'The URL is not a web address: “n8n.example.com”'],
		[{ url: 'ftp://n8n.example.com' }, 'The URL is not a web address: “ftp://n8n.example.com”'],
		...[[], ' , ', '={{ $json.missing }}', '={{ null }}', '={{ {} }}', '[]'].map(
			(events): [object, string] => [{ events }, 'No event is chosen'],
		),
		...[['cv.job.failed', 'job.failed'], 'cv.job.failed, job.failed', ' job.failed '].map(
			(events): [object, string] => [{ events }, 'KLIQ has no event type “job.failed”'],
		),
	])('rejects %j without a request', async (wrong, message) => {
		await expect(node({ ...parameters, ...wrong }).execute()).rejects.toThrow(message);
		expect(kliq.requests).toEqual([]);
	});
});

describe('the list search for subscriptions', () => {
	const { searchWebhooks } = new Kliq().methods.listSearch;
	const search = async (filter?: string, token?: string) =>
		await searchWebhooks.call(node({ operation: 'delete' }).loadOptions(), filter, token);

	it('lists URL and events, page after page', async () => {
		const seeded = seed(150);
		const first = await search();
		expect(first.results).toHaveLength(100);
		expect(first.results[0]).toEqual({
			name: `CV Job Failed → n8n.example.com/0 · ${seeded[0].id}`,
			value: seeded[0].id,
		});
		const second = await search(undefined, first.paginationToken as string);
		expect(second.results).toHaveLength(50);
		expect(second.paginationToken).toBeUndefined();
	});

	it('begins with state and events', async () => {
		const events = ['cv.job.failed', 'visit.submitted'];
		const { id } = kliq.seedSubscription({ url: urlOf(1), events });
		kliq.disable(id);
		expect((await search()).results[0].name).toBe(
			`Off: 2 events → n8n.example.com/1 (CV Job Failed, Visit Submitted) · ${id}`,
		);
	});

	it('shortens a URL by its scheme only, and takes events that are no list for unknown', async () => {
		const url = 'n8n.example.com/?to=https://example.com';
		const more = { events: 'visit.submitted', active: true };
		const data = [
			{ id: 'wh_1', url: `HTTP://${url}`, ...more },
			{ id: 'wh_2', url, ...more },
		];
		kliq.faults.next({ status: 200, body: { data, cursor: { next: null } } });
		expect((await search()).results).toEqual([
			{ name: `unknown events → ${url} · wh_1`, value: 'wh_1' },
			{ name: `unknown events → ${url} · wh_2`, value: 'wh_2' },
		]);
	});

	it('finds by URL, event and ID on any page', async () => {
		const seeded = seed(250);
		const visit = kliq.seedSubscription({ url: urlOf(999), events: ['visit.submitted'] });
		for (const filter of ['/999', ` ${urlOf(999)}`, 'VISIT', visit.id.toUpperCase()]) {
			expect((await search(filter)).results.map(({ value }) => value)).toEqual([visit.id]);
		}
		expect((await search('no match')).results).toEqual([]);
		expect(seeded).toHaveLength(250);
	});

	it('ends when KLIQ repeats a cursor', async () => {
		seed(3);
		kliq.faults.cursorRepeats = true;
		expect((await search('no match')).results).toEqual([]);
	});
});
