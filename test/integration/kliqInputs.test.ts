import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeOperationError } from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetUp } from '../support/n8nCore/node';
import { shelfResult, startKliqSimulator, type KliqSimulator } from '../support/simulator';

let kliq: KliqSimulator;

beforeEach(async () => {
	kliq = await startKliqSimulator();
});

afterEach(async () => {
	await kliq.stop();
});

const node = (parameters: object) =>
	new NodeUnderTest(new Kliq(), {
		parameters: parameters as NodeSetUp['parameters'],
		credential: kliqCredential(kliq),
	});

/** What an expression gives that finds nothing, or finds something else than was meant. */
const NOTHING = ['={{ $json.missing }}', '={{ null }}', ' '];
const NO_TEXT: Array<[string, string]> = [
	['={{ $json }}', 'an object'],
	['={{ [1] }}', 'a list'],
	['={{ true }}', 'true'],
	['={{ NaN }}', 'NaN'],
];

const createObservation = (more: object) =>
	node({
		resource: 'observation',
		operation: 'create',
		locationId: 'loc_1',
		imageUrl: 'https://images.example.com/1.jpg',
		...more,
	});
const startJob = (more: object) =>
	node({
		resource: 'cvJob',
		operation: 'create',
		observationId: byId('obs_1'),
		model: 'shelf-detection-v2',
		...more,
	});
const createWebhook = (more: object) =>
	node({
		resource: 'webhook',
		operation: 'create',
		url: 'https://your-server.example.com/kliq',
		events: ['cv.job.failed'],
		...more,
	});
const list = (resource: string, more: object = {}) =>
	node({ resource, operation: 'getAll', ...more });

describe('a field that takes text', () => {
	type Fill = (value: string) => NodeUnderTest;
	const required: Array<[string, Fill, string]> = [
		[
			'Location ID',
			(locationId) => createObservation({ locationId }),
			'This is not the ID of a location',
		],
		[
			'Image URL',
			(imageUrl) => createObservation({ imageUrl }),
			'The Image URL is not a web address',
		],
		['Model', (model) => startJob({ model }), 'No model is given'],
		['URL', (url) => createWebhook({ url }), 'The URL is not a web address'],
		[
			'Observation',
			(id) => startJob({ observationId: byId(id) }),
			'This is not the ID of an observation',
		],
		[
			'CV Job',
			(id) => node({ resource: 'cvJob', operation: 'get', jobId: byId(id) }),
			'This is not the ID of a CV job',
		],
		[
			'Webhook Subscription',
			(id) => node({ resource: 'webhook', operation: 'delete', webhookId: byId(id) }),
			'This is not the ID of a webhook subscription',
		],
	];
	const filters: Array<[string, Fill]> = [
		['Location ID', (locationId) => list('observation', { filters: { locationId } })],
		['Status', (status) => list('observation', { filters: { status } })],
	];

	it.each(required)(
		'%s: nothing is refused before KLIQ is asked',
		async (_label, fill, message) => {
			for (const value of NOTHING) {
				const error = await errorOf(fill(value));
				expect(error.message).toBe(message);
				expect(error.description).toMatch(/expression, check that it is not empty/);
			}
			expect(kliq.requests).toEqual([]);
		},
	);

	it.each<[string, Fill]>([
		...required.map(([label, fill]): [string, Fill] => [label, fill]),
		...filters,
	])('%s: what is no text is refused before KLIQ is asked', async (label, fill) => {
		for (const [value, what] of NO_TEXT) {
			expect(await errorOf(fill(value))).toMatchObject({
				message: `The ${label} is not text`,
				description: `It is ${what}. Enter text or a number. If the value comes from an expression, check what it gives.`,
				context: { itemIndex: 0 },
			});
		}
		expect(kliq.requests).toEqual([]);
	});

	it.each(filters)('%s as a filter: nothing is no filter', async (_label, fill) => {
		for (const value of NOTHING) await fill(value).execute();
		for (const { query } of kliq.requests) expect(Object.keys(query)).toEqual(['limit']);
		expect(kliq.requests).toHaveLength(NOTHING.length);
	});

	it('takes a number', async () => {
		await createObservation({ locationId: '={{ 417 }}' }).execute();
		expect(kliq.requests[0].body).toHaveProperty('locationId', '417');
	});

	it('is the key of metadata, too', async () => {
		const metadata = { pairs: [{ key: '={{ $json }}', value: '7' }] };
		const error = await errorOf(createObservation({ additionalFields: { metadata } }));
		expect(error.message).toBe('The Key is not text');
	});

	it.each(['https:images.example.com', 'http:/images.example.com', 'https://'])(
		'refuses %s as a web address',
		async (imageUrl) => {
			const { message } = await errorOf(createObservation({ imageUrl }));
			expect(message).toBe('The Image URL is not a web address');
		},
	);
});

describe('the limit', () => {
	const RESOURCES = ['cvJob', 'observation', 'webhook'];
	const limited = (resource: string, limit: unknown) => list(resource, { limit });

	it.each([
		'={{ $json.missing }}',
		'={{ null }}',
		'',
		'abc',
		0,
		-1,
		2.5,
		'2.5',
		'0x10',
		'={{ [3] }}',
	])('is refused where it is %j, before KLIQ is asked', async (limit) => {
		for (const resource of RESOURCES) {
			const { message, description } = await errorOf(limited(resource, limit));
			expect(message).toBe('The Limit is not a whole number of at least 1');
			expect(description).toMatch(/^It is .+\. Enter how many results to return/);
		}
		expect(kliq.requests).toEqual([]);
	});

	it.each([3, '3', ' 3 ', '={{ 3 }}'])('may be %j', async (limit) => {
		for (const resource of RESOURCES) await limited(resource, limit).execute();
		expect(kliq.requests.map(({ query }) => query.limit)).toEqual(['3', '3', '3']);
	});

	it('does not matter with Return All', async () => {
		await list('observation', { returnAll: true, limit: 'abc' }).execute();
		expect(kliq.requests[0].query.limit).toBe('100');
	});
});

describe('a field that is on or off', () => {
	const SAYING_YES = [true, 'true', ' TRUE ', '={{ true }}', '={{ "true" }}'];
	const SAYING_NO = [false, 'false', ' False ', '={{ false }}', '={{ "false" }}'];
	const NEITHER = ['yes', '={{ 1 }}', '={{ {} }}', '={{ [] }}'];
	const LARGE = Object.fromEntries(Array.from('abcdefghijk', (letter) => [letter, 1]));

	/** Whether a node takes the value for yes, seen from outside. */
	type Does = (value: unknown) => Promise<boolean>;
	const returnsAll: Does = async (returnAll) => {
		await list('observation', { returnAll, limit: 7 }).execute();
		return kliq.requests.at(-1)!.query.limit === '100';
	};
	const simplifies: Does = async (simplify) => {
		kliq.settings.extraFields = LARGE;
		const { id } = kliq.seedObservation();
		const parameters = { resource: 'observation', operation: 'get', observationId: byId(id) };
		const [{ json }] = await node({ ...parameters, simplify }).execute();
		return !('a' in json);
	};
	const splits: Does = async (splitDetections) => {
		const { id } = kliq.seedJob({ status: 'completed', result: shelfResult() });
		const parameters = { resource: 'cvJob', operation: 'get', jobId: byId(id) };
		const output = await node({ ...parameters, options: { splitDetections } }).execute();
		return output.length > 1;
	};
	const waits: Does = async (waitForCompletion) => {
		const body = { id: 'job_1', status: 'failed' };
		kliq.faults.next({ method: 'POST', status: 201, body });
		try {
			await startJob({ waitForCompletion }).execute();
			return false;
		} catch (error) {
			// Only who waits minds how the job ends.
			if ((error as Error).message.includes('job_1 failed')) return true;
			throw error;
		}
	};

	const flags: Array<[string, Does, boolean]> = [
		['Return All', returnsAll, false],
		['Simplify', simplifies, true],
		['Split Detections', splits, false],
		['Wait for Completion', waits, false],
	];

	it.each(flags)('%s does what the text says', async (_label, does) => {
		for (const yes of SAYING_YES) expect([yes, await does(yes)]).toEqual([yes, true]);
		for (const no of SAYING_NO) expect([no, await does(no)]).toEqual([no, false]);
	});

	it.each(flags)('%s is as it begins where nothing is given', async (_label, does, byDefault) => {
		for (const nothing of NOTHING) expect(await does(nothing)).toBe(byDefault);
	});

	it.each(flags)('%s is refused where it says neither', async (label, does) => {
		for (const value of NEITHER) {
			await expect(does(value)).rejects.toMatchObject({
				message: `${label} is neither true nor false`,
				description: expect.stringMatching(/^It is .+\. Turn it on or off/),
			});
		}
		expect(kliq.requests).toEqual([]);
	});
});

describe('a resource or an operation that there is none of', () => {
	it.each([
		['nothing', 'getAll', 'resource “nothing”'],
		['constructor', 'name', 'resource “constructor”'],
		['observation', 'update', 'operation “update” for the resource “observation”'],
		['webhook', 'get', 'operation “get” for the resource “webhook”'],
		['cvJob', 'toString', 'operation “toString” for the resource “cvJob”'],
	])('is refused with a way out: %s, %s', async (resource, operation, missing) => {
		const error = await errorOf(node({ resource, operation }));
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toBe(`The KLIQ node has no ${missing}`);
		expect(error.description).toContain('choose a Resource and then an Operation');
	});
});

describe('as the tool of an AI agent', () => {
	/** How n8n marks a parameter that the agent fills. */
	const byAgent = (key: string) => `={{ $fromAI('${key}', '', 'string') }}`;
	/** The agent's arguments are the tool's input. */
	const call = async (parameters: object, args: object) =>
		(await node(parameters).execute(items([args]))).map(({ json }) => json);

	it('creates a subscription from text', async () => {
		const parameters = { resource: 'webhook', operation: 'create' };
		const filled = { url: byAgent('url'), events: byAgent('events') };
		const url = 'https://your-server.example.com/kliq';
		await call({ ...parameters, ...filled }, { url, events: 'cv.job.failed' });
		await call({ ...parameters, ...filled }, { url, events: '["cv.job.failed"]' });
		expect(kliq.subscriptions().map(({ events }) => events)).toEqual(
			Array(2).fill(['cv.job.failed']),
		);
	});

	it.each(['webhook', 'observation', 'cvJob'])(
		'lists as many as the text says: %s',
		async (resource) => {
			const url = 'https://your-server.example.com/kliq';
			for (let count = 0; count < 7; count++) {
				kliq.seedSubscription({ url, events: ['cv.job.failed'] });
				kliq.seedJob({ observationId: kliq.seedObservation().id });
			}
			const parameters = { resource, operation: 'getAll' };
			const filled = { returnAll: byAgent('returnAll'), limit: byAgent('limit') };
			const listed = async (args: object) =>
				(await call({ ...parameters, ...filled }, args)).length;
			expect(await listed({ returnAll: 'false', limit: '5' })).toBe(5);
			expect(await listed({ returnAll: 'true', limit: '' })).toBe(7);
		},
	);

	it('finds the one thing that the text names', async () => {
		const { id } = kliq.seedObservation();
		const parameters = { resource: 'observation', operation: 'get', simplify: byAgent('simplify') };
		const [found] = await call(
			{ ...parameters, observationId: byId(byAgent('id')) },
			{ id: ` ${id}`, simplify: 'true' },
		);
		expect(found.id).toBe(id);
	});
});
