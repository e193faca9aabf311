import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { MAX_CONCURRENCY } from '../../nodes/Kliq/execution/runItems';
import { MAX_SEARCH_PAGES } from '../../nodes/Kliq/listSearch/searchList';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, idsOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetUp } from '../support/n8nCore/node';
import { startKliqSimulator, type KliqSimulator } from '../support/simulator';

let kliq: KliqSimulator;

beforeEach(async () => {
	kliq = await startKliqSimulator();
});

afterEach(async () => {
	await kliq.stop();
});

const node = (parameters: object, more: Partial<NodeSetUp> & { apiKey?: string } = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { resource: 'observation', ...parameters },
		credential: kliqCredential(kliq, { apiKey: more.apiKey ?? kliq.apiKey }),
		...more,
	});

const seed = (count: number, more = {}) =>
	Array.from({ length: count }, () => kliq.seedObservation(more));
/** As many undocumented fields as make an observation larger than n8n wants it shown. */
const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`field${index}`, index]));

describe('create', () => {
	const parameters = {
		operation: 'create',
		locationId: ' loc_7 ',
		imageUrl: ' https://images.example.com/7.jpg ',
	};
	const create = (additionalFields = {}, more = {}) =>
		node({ ...parameters, additionalFields, ...more });
	const sent = () => kliq.requests[0].body;

	it('submits a photo and passes on what KLIQ answers', async () => {
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
		await create({ latitude, longitude }).execute();
		expect(sent()).toMatchObject({ latitude: Number(latitude), longitude: Number(longitude) });
	});

	it.each([[{}], [{ latitude: '', longitude: '' }], [{ latitude: null, longitude: null }]])(
		'sends no coordinates for %j',
		async (fields) => {
			await create(fields).execute();
			expect(Object.keys(sent() as object)).toEqual(['locationId', 'imageUrl']);
		},
	);

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
	])('refuses the coordinates %j before KLIQ is asked', async (fields, message) => {
		expect(await errorOf(create(fields))).toMatchObject({ message, context: { itemIndex: 0 } });
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
		['text', '{"aisle": 7, "tags": ["a"]}'],
		['an object', '={{ { aisle: 7, tags: ["a"] } }}'],
	])('sends metadata given as JSON: %s', async (_what, value) => {
		await create({ metadata: { json: [{ value }] } }).execute();
		expect(sent()).toHaveProperty('metadata', { aisle: 7, tags: ['a'] });
	});

	it('lets pairs count more than JSON, and keeps what an expression gives', async () => {
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
	])('refuses the metadata %j before KLIQ is asked', async (metadata, message) => {
		expect((await errorOf(create({ metadata }))).message).toBe(message);
		expect(kliq.requests).toEqual([]);
	});

	it.each([
		[{ imageUrl: '' }, 'The Image URL is not a web address'],
		[{ imageUrl: 'images.example.com/7.jpg' }, 'The Image URL is not a web address'],
		[{ imageUrl: 'file:///7.jpg' }, 'The Image URL is not a web address'],
		[{ locationId: ' ' }, 'This is not the ID of a location'],
	])('refuses %j before KLIQ is asked', async (wrong, message) => {
		expect((await errorOf(create({}, wrong))).message).toBe(message);
		expect(kliq.requests).toEqual([]);
	});

	it('creates many, a few at a time, in order', async () => {
		kliq.faults.next({ method: 'POST', delayMs: 50, times: 30 });
		let most = 0;
		const watch = setInterval(() => {
			const underWay = kliq.requests.filter(({ status }) => status === undefined).length;
			most = Math.max(most, underWay);
		}, 5);
		const places = Array.from({ length: 30 }, (_, number) => ({ place: `loc_${number}` }));
		const output = await create({}, { locationId: '={{ $json.place }}' }).execute(items(places));
		clearInterval(watch);
		expect(output.map(({ json }) => json.locationId)).toEqual(places.map(({ place }) => place));
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual(places.map((_, item) => ({ item })));
		expect(most).toBe(MAX_CONCURRENCY);
	});

	it('is never repeated after a lost answer', async () => {
		kliq.faults.next({ method: 'POST', cut: 'after' });
		const { message, description } = await errorOf(create());
		expect(message).toContain('broke off');
		expect(description).toContain('look among the observations before you run it again');
		expect(kliq.observations()).toHaveLength(1);
	});

	it.each([[{}], [[]], [{ status: 'pending' }], [{ id: '' }]])(
		'says when KLIQ names no observation: %j',
		async (body) => {
			kliq.faults.next({ method: 'POST', status: 201, body });
			const { message, description } = await errorOf(create());
			expect(message).toBe('KLIQ did not say which observation it made');
			expect(description).toContain('Look among the observations before you run this again');
		},
	);

	it('names the location that KLIQ does not know', async () => {
		kliq.faults.next({ method: 'POST', status: 404 });
		const { message, description } = await errorOf(create());
		expect(message).toBe('KLIQ has no location with the ID “loc_7”');
		expect(description).toContain('Check the ID at KLIQ');
	});

	it('names the scope that the key lacks', async () => {
		const apiKey = kliq.addKey({ scopes: ['observations:read'] });
		const { description } = await errorOf(node(parameters, { apiKey }));
		expect(description).toContain('observations:write');
	});
});

describe('get', () => {
	const get = (value: string, more = {}) =>
		node({ operation: 'get', observationId: byId(value), ...more });

	it('gives the observation as KLIQ has it', async () => {
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

	it('leaves ten fields as they are', async () => {
		const { id } = kliq.seedObservation();
		kliq.settings.extraFields = Object.fromEntries(Object.entries(many).slice(0, 6));
		const [{ json }] = await get(id).execute();
		expect(Object.keys(json)).toHaveLength(10);
	});

	it('simplifies more than ten fields to the documented ones, unless told not to', async () => {
		const { id } = kliq.seedObservation();
		kliq.settings.extraFields = many;
		const [{ json: simple }] = await get(id).execute();
		expect(Object.keys(simple)).toEqual(['id', 'locationId', 'imageUrl', 'status']);
		const [{ json: whole }] = await get(id, { simplify: false }).execute();
		expect(whole).toMatchObject({ ...simple, ...many });
	});

	it('understands an observation in an envelope', async () => {
		kliq.faults.next({ status: 200, body: { data: { id: 'obs_1' } } });
		expect(idsOf(await get('obs_1').execute())).toEqual(['obs_1']);
	});

	it.each([[[]], [{}], [{ data: [] }]])('finds no observation in %j', async (body) => {
		kliq.faults.next({ status: 200, body });
		const { message, description } = await errorOf(get('obs_1'));
		expect(message).toBe('KLIQ’s answer holds no observation');
		expect(description).toContain('Base URL');
	});

	it('says when there is no such observation', async () => {
		const { message, description } = await errorOf(get('obs_unknown'));
		expect(message).toBe('KLIQ has no observation with the ID “obs_unknown”');
		expect(description).toContain('Choose the observation from the list');
	});

	it('refuses a blank ID before KLIQ is asked', async () => {
		expect((await errorOf(get(' '))).message).toBe('This is not the ID of an observation');
		expect(kliq.requests).toEqual([]);
	});
});

describe('get many', () => {
	const getAll = (more = {}) => node({ operation: 'getAll', returnAll: true, ...more });

	it('returns all, in KLIQ’s order, over as many pages as there are', async () => {
		const seeded = seed(150);
		const output = await getAll().execute();
		expect(idsOf(output)).toEqual(seeded.map(({ id }) => id).reverse());
		expect(kliq.requests).toHaveLength(2);
	});

	it('asks for no more than it needs', async () => {
		const seeded = seed(5);
		const output = await getAll({ returnAll: false, limit: 2 }).execute();
		expect(idsOf(output)).toEqual([seeded[4].id, seeded[3].id]);
		expect(kliq.requests.map(({ query }) => query.limit)).toEqual(['2']);
	});

	it('lets KLIQ filter by location and status', async () => {
		seed(2);
		seed(2, { locationId: 'loc_7' });
		const [wanted] = seed(1, { locationId: 'loc_7', status: 'completed' });
		const filters = { locationId: ' loc_7 ', status: 'completed' };
		expect(idsOf(await getAll({ filters }).execute())).toEqual([wanted.id]);
		expect(kliq.requests[0].query).toMatchObject({ locationId: 'loc_7', status: 'completed' });
	});

	it('sends no filter that is empty', async () => {
		seed(1);
		const output = await getAll({ filters: { locationId: '', status: ' ' } }).execute();
		expect(output).toHaveLength(1);
		expect(Object.keys(kliq.requests[0].query)).toEqual(['limit']);
	});

	it('simplifies each, unless told not to', async () => {
		seed(2);
		kliq.settings.extraFields = many;
		for (const { json } of await getAll().execute()) expect(json).not.toHaveProperty('field0');
		const [{ json }] = await getAll({ simplify: false }).execute();
		expect(json).toMatchObject(many);
	});

	it('pairs what it found to the input item that asked', async () => {
		seed(1, { locationId: 'loc_1' });
		seed(2, { locationId: 'loc_2' });
		const output = await getAll({ filters: { locationId: '={{ $json.place }}' } }).execute(
			items([{ place: 'loc_1' }, { place: 'loc_2' }]),
		);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 1 },
		]);
	});

	it('names the scope that the key lacks', async () => {
		const apiKey = kliq.addKey({ scopes: ['observations:write'] });
		const { description } = await errorOf(node({ operation: 'getAll' }, { apiKey }));
		expect(description).toContain('observations:read');
	});
});

describe('delete', () => {
	it('deletes one for each item; each fails alone under "continue on fail"', async () => {
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

	it.each(['', ' ', '={{ $json.missing }}'])('refuses %j before KLIQ is asked', async (id) => {
		seed(1);
		const remove = node({ operation: 'delete', observationId: byId(id) });
		const { message, description } = await errorOf(remove);
		expect(message).toBe('This is not the ID of an observation');
		expect(description).toContain('Choose the observation from the list');
		expect(kliq.requests).toEqual([]);
	});

	it('names the scope that the key lacks', async () => {
		const [{ id }] = seed(1);
		const apiKey = kliq.addKey({ scopes: ['observations:read'] });
		const remove = node({ operation: 'delete', observationId: byId(id) }, { apiKey });
		expect((await errorOf(remove)).description).toContain('observations:write');
	});
});

describe('delete with an error output', () => {
	it('sends each item to the output it belongs to, paired', async () => {
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
			{ json: { error: 'This is not the ID of an observation' }, pairedItem: { item: 2 } },
		]);
	});
});

describe('the drop-down list of observations', () => {
	const { searchObservations } = new Kliq().methods.listSearch;
	const search = async (filter?: string, token?: string) =>
		await searchObservations.call(node({ operation: 'get' }).loadOptions(), filter, token);

	it('shows the newest first, with location and status, page by page', async () => {
		const seeded = seed(120);
		const first = await search();
		expect(first.results).toHaveLength(100);
		expect(first.results[0]).toEqual({
			name: `${seeded[119].id} (loc_store_0417, pending)`,
			value: seeded[119].id,
		});
		const second = await search(undefined, first.paginationToken as string);
		expect(second.results.at(-1)?.value).toBe(seeded[0].id);
		expect(second.paginationToken).toBeUndefined();
	});

	it('finds by ID, location and status, on whatever page they are', async () => {
		const [wanted] = seed(1, { locationId: 'loc_9', status: 'odd' });
		seed(150);
		for (const filter of ['LOC_9', 'odd', wanted.id.toUpperCase()]) {
			expect((await search(filter)).results.map(({ value }) => value)).toEqual([wanted.id]);
		}
	});

	it('says so when it gives up after a number of pages', async () => {
		kliq.settings.pageLimits.cap = 1;
		seed(1, { locationId: 'loc_9' });
		seed(MAX_SEARCH_PAGES);
		await expect(search('loc_9')).rejects.toMatchObject({
			message: 'The first 2000 observations of the list do not match',
			description: 'The list is longer. Choose By ID, and enter the ID as KLIQ shows it.',
		});
		expect(kliq.requests).toHaveLength(MAX_SEARCH_PAGES);
	});

	it('ends where the list returns to a page that was shown', async () => {
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
