import { describe, expect, it } from '@jest/globals';
import { NodeOperationError } from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, EXTRA_FIELDS, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { shelfResult, type KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

let kliq: KliqSimulator;

useSimulator((started) => (kliq = started));

const node = (parameters: object) =>
	new NodeUnderTest(new Kliq(), {
		parameters: parameters as NodeSetup['parameters'],
		credential: kliqCredential(kliq),
	});

/** Values that count as empty, from expressions or typed. */
const EMPTY = ['={{ $json.missing }}', '={{ null }}', ' '];
/** Values of an expression that are not text, with the description in the error. */
const NON_TEXT: Array<[string, string]> = [
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
		['Location ID', (locationId) => createObservation({ locationId }), 'No location is given'],
		['Image URL', (imageUrl) => createObservation({ imageUrl }), 'The Image URL is empty'],
		['Model', (model) => startJob({ model }), 'No model is given'],
		['URL', (url) => createWebhook({ url }), 'The URL is empty'],
		['Observation', (id) => startJob({ observationId: byId(id) }), 'No Observation is chosen'],
		[
			'CV Job',
			(id) => node({ resource: 'cvJob', operation: 'get', jobId: byId(id) }),
			'No CV Job is chosen',
		],
		[
			'Webhook Subscription',
			(id) => node({ resource: 'webhook', operation: 'delete', webhookId: byId(id) }),
			'No Webhook Subscription is chosen',
		],
	];
	const filters: Array<[string, Fill]> = [
		['Location ID', (locationId) => list('observation', { filters: { locationId } })],
		['Status', (status) => list('observation', { filters: { status } })],
	];

	it.each(required)(
		'%s: an empty value is rejected without a request',
		async (_label, fill, message) => {
			for (const value of EMPTY) {
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
	])('%s: a value that is not text is rejected without a request', async (label, fill) => {
		for (const [value, what] of NON_TEXT) {
			expect(await errorOf(fill(value))).toMatchObject({
				message: `The ${label} is not text`,
				description: `It is ${what}. Enter text or a number. If the value comes from an expression, check what it gives.`,
				context: { itemIndex: 0 },
			});
		}
		expect(kliq.requests).toEqual([]);
	});

	it.each(filters)('%s as a filter: an empty value is not sent', async (_label, fill) => {
		for (const value of EMPTY) await fill(value).execute();
		for (const { query } of kliq.requests) expect(Object.keys(query)).toEqual(['limit']);
		expect(kliq.requests).toHaveLength(EMPTY.length);
	});

	it('accepts a number', async () => {
		await createObservation({ locationId: '={{ 417 }}' }).execute();
		expect(kliq.requests[0].body).toHaveProperty('locationId', '417');
	});

	it.each(['https:images.example.com', 'http:/images.example.com', 'https://'])(
		'rejects the URL %s',
		async (imageUrl) => {
			const { message } = await errorOf(createObservation({ imageUrl }));
			expect(message).toBe(`The Image URL is not a web address: “${imageUrl}”`);
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
	])('is rejected without a request when it is %j', async (limit) => {
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

	it('is ignored with Return All', async () => {
		await list('observation', { returnAll: true, limit: 'abc' }).execute();
		expect(kliq.requests[0].query.limit).toBe('100');
	});
});

describe('a boolean field', () => {
	const TRUE_VALUES = [true, 'true', ' TRUE ', '={{ true }}', '={{ "true" }}'];
	const FALSE_VALUES = [false, 'false', ' False ', '={{ false }}', '={{ "false" }}'];
	const INVALID_VALUES = ['yes', '={{ 1 }}', '={{ {} }}', '={{ [] }}'];

	/** Whether a node behaves as if the field were on. */
	type IsOn = (value: unknown) => Promise<boolean>;
	const returnsAll: IsOn = async (returnAll) => {
		await list('observation', { returnAll, limit: 7 }).execute();
		return kliq.requests.at(-1)!.query.limit === '100';
	};
	const simplifies: IsOn = async (simplify) => {
		kliq.settings.extraFields = EXTRA_FIELDS;
		const { id } = kliq.seedObservation();
		const parameters = { resource: 'observation', operation: 'get', observationId: byId(id) };
		const [{ json }] = await node({ ...parameters, simplify }).execute();
		return !('field0' in json);
	};
	const splits: IsOn = async (splitDetections) => {
		const { id } = kliq.seedJob({ status: 'completed', result: shelfResult() });
		const parameters = { resource: 'cvJob', operation: 'get', jobId: byId(id) };
		const output = await node({ ...parameters, options: { splitDetections } }).execute();
		return output.length > 1;
	};
	const waits: IsOn = async (waitForCompletion) => {
		const body = { id: 'job_1', status: 'failed' };
		kliq.faults.next({ method: 'POST', status: 201, body });
		try {
			await startJob({ waitForCompletion }).execute();
			return false;
		} catch (error) {
			// The end of the job matters only when the node waits.
			if ((error as Error).message.includes('job_1 failed')) return true;
			throw error;
		}
	};

	const flags: Array<[string, IsOn, boolean]> = [
		['Return All', returnsAll, false],
		['Simplify', simplifies, true],
		['Split Detections', splits, false],
		['Wait for Completion', waits, false],
	];

	it.each(flags)('%s accepts booleans and their text', async (_label, isOn) => {
		for (const on of TRUE_VALUES) expect([on, await isOn(on)]).toEqual([on, true]);
		for (const off of FALSE_VALUES) expect([off, await isOn(off)]).toEqual([off, false]);
	});

	it.each(flags)('%s has its default when it is empty', async (_label, isOn, byDefault) => {
		for (const value of EMPTY) expect(await isOn(value)).toBe(byDefault);
	});

	it.each(flags)('%s rejects other values', async (label, isOn) => {
		for (const value of INVALID_VALUES) {
			await expect(isOn(value)).rejects.toMatchObject({
				message: `${label} is neither true nor false`,
				description: expect.stringMatching(/^It is .+\. Turn it on or off/),
			});
		}
		expect(kliq.requests).toEqual([]);
	});
});

describe('an unknown resource or operation', () => {
	it.each([
		['nothing', 'getAll', 'resource “nothing”'],
		['constructor', 'name', 'resource “constructor”'],
		['observation', 'update', 'operation “update” for the resource “observation”'],
		['webhook', 'get', 'operation “get” for the resource “webhook”'],
		['cvJob', 'toString', 'operation “toString” for the resource “cvJob”'],
	])('is rejected with a remedy: %s, %s', async (resource, operation, missing) => {
		const error = await errorOf(node({ resource, operation }));
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error.message).toBe(`The KLIQ node has no ${missing}`);
		expect(error.description).toContain('choose a Resource and then an Operation');
	});
});

describe('the node as a tool of an AI agent', () => {
	/** n8n's expression for a parameter that the agent fills. */
	const fromAgent = (key: string) => `={{ $fromAI('${key}', '', 'string') }}`;
	/** Runs the tool with the agent's arguments as its input. */
	const call = async (parameters: object, args: object) =>
		(await node(parameters).execute(items([args]))).map(({ json }) => json);

	it('creates a subscription from text', async () => {
		const parameters = { resource: 'webhook', operation: 'create' };
		const filled = { url: fromAgent('url'), events: fromAgent('events') };
		const url = 'https://your-server.example.com/kliq';
		await call({ ...parameters, ...filled }, { url, events: 'cv.job.failed' });
		await call({ ...parameters, ...filled }, { url, events: '["cv.job.failed"]' });
		expect(kliq.subscriptions().map(({ events }) => events)).toEqual(
			Array(2).fill(['cv.job.failed']),
		);
	});

	it.each(['webhook', 'observation', 'cvJob'])(
		'lists as many as the text asks for: %s',
		async (resource) => {
			const url = 'https://your-server.example.com/kliq';
			for (let count = 0; count < 7; count++) {
				kliq.seedSubscription({ url, events: ['cv.job.failed'] });
				kliq.seedJob({ observationId: kliq.seedObservation().id });
			}
			const parameters = { resource, operation: 'getAll' };
			const filled = { returnAll: fromAgent('returnAll'), limit: fromAgent('limit') };
			const listed = async (args: object) =>
				(await call({ ...parameters, ...filled }, args)).length;
			expect(await listed({ returnAll: 'false', limit: '5' })).toBe(5);
			expect(await listed({ returnAll: 'true', limit: '' })).toBe(7);
		},
	);

	it('gets the entity that the text names', async () => {
		const { id } = kliq.seedObservation();
		const parameters = {
			resource: 'observation',
			operation: 'get',
			simplify: fromAgent('simplify'),
		};
		const [found] = await call(
			{ ...parameters, observationId: byId(fromAgent('id')) },
			{ id: ` ${id}`, simplify: 'true' },
		);
		expect(found.id).toBe(id);
	});
});
