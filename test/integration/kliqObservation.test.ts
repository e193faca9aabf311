import { describe, expect, it } from '@jest/globals';

import { MAX_CONCURRENCY } from '../../nodes/Kliq/execution/runItems';
import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { MAX_SEARCH_PAGES } from '../../nodes/Kliq/listSearch/searchList';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, EXTRA_FIELDS, idsOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { withMaxInFlight } from '../support/requestLog';
import type { KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

let kliq: KliqSimulator;

useSimulator((started) => (kliq = started));

const node = (parameters: object, more: Partial<NodeSetup> & { apiKey?: string } = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { resource: 'observation', ...parameters },
		credential: kliqCredential(kliq, { apiKey: more.apiKey ?? kliq.apiKey }),
		...more,
	});

const seed = (count: number, more = {}) =>
	Array.from({ length: count }, () => kliq.seedObservation(more));

describe('create', () => {
	const parameters = {
		operation: 'create',
		locationId: ' loc_7 ',
		imageUrl: ' https://images.example.com/7.jpg ',
	};
	const create = (additionalFields = {}, more = {}) =>
		node({ ...parameters, additionalFields, ...more });
	const sent = () => kliq.requests[0].body;

	it('submits a photo and returns the response', async () => {
		kliq.settings.extraFields = { createdAt: '2026-01-05T09:00:00Z' };
		const output = await create().execute();
		const [{ id }] = kliq.observations();
		expect(output).toEqual([
			{
				json: {
					id,
					locationId: 'loc_7',
					imageUrl: 'https://images.example.com/7.jpg',
					status: 'pending',
					createdAt: '2026-01-05T09:00:00Z',
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(sent()).toEqual({
			locationId: 'loc_7',
			imageUrl: 'https://images.example.com/7.jpg',
		});
	});

	it.each([
		[52.3702, -4.8952],
		[-90, -180],
		[90, 180],
		[0, 0],
		['52.3702', ' 4.8952 '],
		['-0.5', '+7'],
	])('sends the coordinates %j and %j', async (latitude, longitude) => {
		await create({ coordinates: { latitude, longitude } }).execute();
		expect(sent()).toMatchObject({ latitude: Number(latitude), longitude: Number(longitude) });
	});

	it.each([
		[{}],
		[{ coordinates: {} }],
		[{ coordinates: { latitude: '', longitude: ' ' } }],
		[{ coordinates: { latitude: null, longitude: null } }],
		[{ coordinates: { latitude: '={{ $json.missing }}', longitude: '={{ $json.missing }}' } }],
	])('sends no coordinates for %j', async (fields) => {
		await create(fields).execute();
		expect(Object.keys(sent() as object)).toEqual(['locationId', 'imageUrl']);
	});

	it.each([
		[{ latitude: 90.01, longitude: 0 }, 'The latitude is not a number from −90 to 90'],
		[{ latitude: -91, longitude: 0 }, 'The latitude is not a number from −90 to 90'],
		[{ latitude: 'north', longitude: 0 }, 'The latitude is not a number from −90 to 90'],
		[{ latitude: 0, longitude: 180.5 }, 'The longitude is not a number from −180 to 180'],
		[{ latitude: 0, longitude: '4,8952' }, 'The longitude is not a number from −180 to 180'],
		...['={{ [] }}', '={{ [52] }}', '={{ true }}', '={{ NaN }}', '={{ {} }}', '0x10', '1e1'].map(
			(longitude): [object, string] => [
				{ latitude: 0, longitude },
				'The longitude is not a number from −180 to 180',
			],
		),
		[{ latitude: 0 }, 'The longitude is missing'],
		[{ longitude: 0, latitude: '' }, 'The latitude is missing'],
	])('rejects the coordinates %j without a request', async (coordinates, message) => {
		expect(await errorOf(create({ coordinates }))).toMatchObject({
			message,
			context: { itemIndex: 0 },
		});
		expect(kliq.requests).toEqual([]);
	});

	it('sends metadata given as pairs', async () => {
		const pairs = [
			{ key: ' aisle ', value: '7' },
			{ key: 'tag', value: 'a' },
		];
		await create({ metadata: { pairs } }).execute();
		expect(sent()).toHaveProperty('metadata', { aisle: '7', tag: 'a' });
	});

	it.each([
		['a string', '{"aisle": 7, "tags": ["a"]}'],
		['an object', '={{ { aisle: 7, tags: ["a"] } }}'],
	])('sends metadata given as JSON: %s', async (_what, value) => {
		await create({ metadata: { json: [{ value }] } }).execute();
		expect(sent()).toHaveProperty('metadata', { aisle: 7, tags: ['a'] });
	});

	it('prefers pairs to JSON, and keeps the type of an expression’s value', async () => {
		const metadata = {
			json: [{ value: '{"aisle": 1, "shelf": 2}' }],
			pairs: [{ key: 'aisle', value: '={{ 7 }}' }],
		};
		await create({ metadata }).execute();
		expect(sent()).toHaveProperty('metadata', { aisle: 7, shelf: 2 });
	});

	it.each([[{}], [{ json: [{ value: '{}' }] }], [{ json: [{ value: ' ' }], pairs: [] }]])(
		'sends no metadata for %j',
		async (metadata) => {
			await create({ metadata }).execute();
			expect(sent()).not.toHaveProperty('metadata');
		},
	);

	it.each([
		[{ json: [{ value: '{"aisle": 7' }] }, 'The metadata is not a JSON object'],
		[{ json: [{ value: '[7]' }] }, 'The metadata is not a JSON object'],
		[{ json: [{ value: '"aisle"' }] }, 'The metadata is not a JSON object'],
		[{ pairs: [{ key: ' ', value: '7' }] }, 'A metadata pair has no key'],
		[{ pairs: [{ key: '={{ $json }}', value: '7' }] }, 'The Key is not text'],
	])('rejects the metadata %j without a request', async (metadata, message) => {
		expect((await errorOf(create({ metadata }))).message).toBe(message);
		expect(kliq.requests).toEqual([]);
	});

	it.each([
		[{ coordinates: { latitude: 0 } }, 'Give both coordinates, or neither.'],
		[
			{ coordinates: { latitude: 0, longitude: '4,8952' } },
			'It is “4,8952”. Give it in degrees with a point',
		],
		[{ metadata: { json: [{ value: '[7]' }] } }, 'It begins with { and ends with }'],
		[{ metadata: { pairs: [{ key: '', value: '7' }] } }, 'Enter its key, or remove it.'],
	])('says what to do about %j', async (fields, advice) => {
		expect((await errorOf(create(fields))).description).toContain(advice);
	});

	it.each([
		[{ imageUrl: '' }, 'The Image URL is empty'],
		[
			{ imageUrl: 'images.example.com/7.jpg' },
			'The Image URL is not a web address: “images.example.com/7.jpg”',
		],
		[
			{ imageUrl: 'ftp://user:secret@a.example.com' },
			'The Image URL is not a web address: “ftp://a.example.com/”',
		],
		[{ locationId: ' ' }, 'No location is given'],
	])('rejects %j without a request', async (wrong, message) => {
		expect((await errorOf(create({}, wrong))).message).toBe(message);
		expect(kliq.requests).toEqual([]);
	});

	it('creates many with MAX_CONCURRENCY requests in flight, in order', async () => {
		kliq.faults.next({ method: 'POST', delayMs: 400, times: 30 });
		const locations = Array.from({ length: 30 }, (_, number) => ({ locationId: `loc_${number}` }));
		const { result: output, maxInFlight } = await withMaxInFlight(
			kliq,
			async () =>
				await create({}, { locationId: '={{ $json.locationId }}' }).execute(items(locations)),
		);
		expect(output.map(({ json }) => json.locationId)).toEqual(
			locations.map(({ locationId }) => locationId),
		);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual(
			locations.map((_, item) => ({ item })),
		);
		expect(maxInFlight).toBe(MAX_CONCURRENCY);
	});

	it('is never retried after a lost response', async () => {
		kliq.faults.next({ method: 'POST', cut: 'after' });
		const { message, description } = await errorOf(create());
		expect(message).toContain('broke off');
		expect(description).toContain('look among the observations before you run it again');
		expect(kliq.observations()).toHaveLength(1);
	});

	it.each([[{}], [[]], [{ status: 'pending' }], [{ id: '' }]])(
		'fails when the response has no observation ID: %j',
		async (body) => {
			kliq.faults.next({ method: 'POST', status: 201, body });
			const { message, description } = await errorOf(create());
			expect(message).toBe('KLIQ did not say which observation it made');
			expect(description).toContain('Look among the observations before you run this again');
		},
	);

	it('names an unknown location', async () => {
		kliq.faults.next({ method: 'POST', status: 404 });
		const { message, description } = await errorOf(create());
		expect(message).toBe('KLIQ has no location with the ID “loc_7”');
		expect(description).toContain('Check the ID at KLIQ');
	});

	it('names the missing scope', async () => {
		const apiKey = kliq.addKey({ scopes: ['observations:read'] });
		const { description } = await errorOf(node(parameters, { apiKey }));
		expect(description).toContain('observations:write');
	});
});

describe('get', () => {
	const get = (value: string, more = {}) =>
		node({ operation: 'get', observationId: byId(value), ...more });

	it('returns the observation unchanged', async () => {
		const { id } = kliq.seedObservation({ metadata: { aisle: 7 }, latitude: 1, longitude: 2 });
		expect(await get(` ${id} `).execute()).toEqual([
			{
				json: {
					id,
					locationId: 'loc_store_0417',
					imageUrl: 'https://images.example.com/shelf.jpg',
					latitude: 1,
					longitude: 2,
					metadata: { aisle: 7 },
					status: 'pending',
				},
				pairedItem: { item: 0 },
			},
		]);
	});

	it('does not simplify ten fields', async () => {
		const { id } = kliq.seedObservation();
		kliq.settings.extraFields = Object.fromEntries(Object.entries(EXTRA_FIELDS).slice(0, 6));
		const [{ json }] = await get(id).execute();
		expect(Object.keys(json)).toHaveLength(10);
	});

	it('simplifies more than ten fields to the documented ones, unless Simplify is off', async () => {
		const { id } = kliq.seedObservation();
		kliq.settings.extraFields = EXTRA_FIELDS;
		const [{ json: simple }] = await get(id).execute();
		expect(Object.keys(simple)).toEqual(['id', 'locationId', 'imageUrl', 'status']);
		const [{ json: whole }] = await get(id, { simplify: false }).execute();
		expect(whole).toMatchObject({ ...simple, ...EXTRA_FIELDS });
	});

	it('accepts an observation in an envelope', async () => {
		kliq.faults.next({ status: 200, body: { data: { id: 'obs_1' } } });
		expect(idsOf(await get('obs_1').execute())).toEqual(['obs_1']);
	});

	it.each([[[]], [{}], [{ data: [] }]])('fails when the response is %j', async (body) => {
		kliq.faults.next({ status: 200, body });
		const { message, description } = await errorOf(get('obs_1'));
		expect(message).toBe('KLIQ’s answer holds no observation');
		expect(description).toContain('Base URL');
	});

	it('names an unknown observation', async () => {
		const { message, description } = await errorOf(get('obs_unknown'));
		expect(message).toBe('KLIQ has no observation with the ID “obs_unknown”');
		expect(description).toContain('Choose the observation from the list');
	});

	it('rejects a blank ID without a request', async () => {
		expect((await errorOf(get(' '))).message).toBe('No Observation is chosen');
		expect(kliq.requests).toEqual([]);
	});
});

describe('get many', () => {
	const getAll = (more = {}) => node({ operation: 'getAll', returnAll: true, ...more });

	it('returns all pages in the API’s order', async () => {
		const seeded = seed(150);
		const output = await getAll().execute();
		expect(idsOf(output)).toEqual(seeded.map(({ id }) => id).reverse());
		expect(kliq.requests).toHaveLength(2);
	});

	it('requests no more than the limit', async () => {
		const seeded = seed(5);
		const output = await getAll({ returnAll: false, limit: 2 }).execute();
		expect(idsOf(output)).toEqual([seeded[4].id, seeded[3].id]);
		expect(kliq.requests.map(({ query }) => query.limit)).toEqual(['2']);
	});

	it('sends the filters location and status to the API', async () => {
		seed(2);
		seed(2, { locationId: 'loc_7' });
		const [wanted] = seed(1, { locationId: 'loc_7', status: 'completed' });
		const filters = { locationId: ' loc_7 ', status: 'completed' };
		expect(idsOf(await getAll({ filters }).execute())).toEqual([wanted.id]);
		expect(kliq.requests[0].query).toMatchObject({ locationId: 'loc_7', status: 'completed' });
	});

	it('sends no empty filter', async () => {
		seed(1);
		const output = await getAll({ filters: { locationId: '', status: ' ' } }).execute();
		expect(output).toHaveLength(1);
		expect(Object.keys(kliq.requests[0].query)).toEqual(['limit']);
	});

	it('simplifies each observation, unless Simplify is off', async () => {
		seed(2);
		kliq.settings.extraFields = EXTRA_FIELDS;
		for (const { json } of await getAll().execute()) expect(json).not.toHaveProperty('field0');
		const [{ json }] = await getAll({ simplify: false }).execute();
		expect(json).toMatchObject(EXTRA_FIELDS);
	});

	it('pairs each result with its input item', async () => {
		seed(1, { locationId: 'loc_1' });
		seed(2, { locationId: 'loc_2' });
		const output = await getAll({ filters: { locationId: '={{ $json.locationId }}' } }).execute(
			items([{ locationId: 'loc_1' }, { locationId: 'loc_2' }]),
		);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 1 },
		]);
	});

	it('names the missing scope', async () => {
		const apiKey = kliq.addKey({ scopes: ['observations:write'] });
		const { description } = await errorOf(node({ operation: 'getAll' }, { apiKey }));
		expect(description).toContain('observations:read');
	});
});

describe('delete', () => {
	it('deletes one for each item; under Continue on Fail only the affected item fails', async () => {
		const [first, kept, last] = seed(3);
		const remove = node(
			{ operation: 'delete', observationId: byId('={{ $json.id }}') },
			{ onError: 'continueRegularOutput' },
		);
		const output = await remove.execute(items([first, { id: 'obs_unknown' }, last]));
		expect(output).toEqual([
			{ json: { deleted: true }, pairedItem: { item: 0 } },
			{
				json: { error: 'KLIQ has no observation with the ID “obs_unknown”' },
				pairedItem: { item: 1 },
			},
			{ json: { deleted: true }, pairedItem: { item: 2 } },
		]);
		expect(kliq.observations()).toEqual([kept]);
	});

	it.each(['', ' ', '={{ $json.missing }}'])('rejects %j without a request', async (id) => {
		seed(1);
		const remove = node({ operation: 'delete', observationId: byId(id) });
		const { message, description } = await errorOf(remove);
		expect(message).toBe('No Observation is chosen');
		expect(description).toContain('Choose one from the list');
		expect(kliq.requests).toEqual([]);
	});

	it('names the missing scope', async () => {
		const [{ id }] = seed(1);
		const apiKey = kliq.addKey({ scopes: ['observations:read'] });
		const remove = node({ operation: 'delete', observationId: byId(id) }, { apiKey });
		expect((await errorOf(remove)).description).toContain('observations:write');
	});
});

describe('delete with an error output', () => {
	it('sends each item to its output, paired', async () => {
		const [first, last] = seed(2);
		const remove = node(
			{ operation: 'delete', observationId: byId('={{ $json.id }}') },
			{ onError: 'continueErrorOutput' },
		);
		const input = items([first, { id: 'obs_unknown' }, { id: ' ' }, last]);
		const { success, error } = await remove.executeWithErrorOutput(input);
		expect(success).toEqual([
			{ json: { deleted: true }, pairedItem: { item: 0 } },
			{ json: { deleted: true }, pairedItem: { item: 3 } },
		]);
		expect(error).toMatchObject([
			{
				json: { error: 'KLIQ has no observation with the ID “obs_unknown”' },
				pairedItem: { item: 1 },
			},
			{ json: { error: 'No Observation is chosen' }, pairedItem: { item: 2 } },
		]);
	});
});

describe('the list search for observations', () => {
	const { searchObservations } = new Kliq().methods.listSearch;
	const search = async (filter?: string, token?: string) =>
		await searchObservations.call(node({ operation: 'get' }).loadOptions(), filter, token);

	it('lists the newest first, with location and status, page after page', async () => {
		const seeded = seed(120);
		const first = await search();
		expect(first.results).toHaveLength(100);
		expect(first.results[0]).toEqual({
			name: `loc_store_0417 · pending · ${seeded[119].id}`,
			value: seeded[119].id,
		});
		const second = await search(undefined, first.paginationToken as string);
		expect(second.results.at(-1)?.value).toBe(seeded[0].id);
		expect(second.paginationToken).toBeUndefined();
	});

	it.each([
		['2026-01-05T09:00:00Z', 'loc_store_0417 · pending · 5 Jan 2026, 04:00 · '],
		['yesterday', 'loc_store_0417 · pending · '],
		[1_767_603_600, 'loc_store_0417 · pending · '],
	])('shows when one was made, where KLIQ says so: %j', async (createdAt, text) => {
		kliq.settings.extraFields = { createdAt };
		const [{ id }] = seed(1);
		expect((await search()).results[0].name).toBe(`${text}${id}`);
	});

	it('finds by ID, location and status on any page', async () => {
		const [wanted] = seed(1, { locationId: 'loc_9', status: 'odd' });
		seed(150);
		for (const filter of ['LOC_9', 'odd', wanted.id.toUpperCase()]) {
			expect((await search(filter)).results.map(({ value }) => value)).toEqual([wanted.id]);
		}
	});

	it('fails with the number of entries searched after MAX_SEARCH_PAGES pages', async () => {
		kliq.settings.pageLimits.cap = 1;
		seed(1, { locationId: 'loc_9' });
		seed(MAX_SEARCH_PAGES);
		await expect(search('loc_9')).rejects.toMatchObject({
			message: 'The first 2000 observations of the list do not match',
			description: 'The list is longer. Choose By ID, and enter the ID as KLIQ shows it.',
		});
		expect(kliq.requests).toHaveLength(MAX_SEARCH_PAGES);
	});

	it('ends when a cursor leads back to an earlier page', async () => {
		const page = (id: string, next: string) =>
			kliq.faults.next({
				method: 'GET',
				status: 200,
				body: { data: [{ id }], cursor: { next, hasMore: true } },
			});
		page('obs_1', 'A');
		page('obs_2', 'B');
		page('obs_3', 'A');
		const first = await search();
		const second = await search(undefined, first.paginationToken as string);
		const third = await search(undefined, second.paginationToken as string);
		expect([first, second, third].map(({ results }) => results[0].value)).toEqual([
			'obs_1',
			'obs_2',
			'obs_3',
		]);
		expect(third.paginationToken).toBeUndefined();
	});
});
