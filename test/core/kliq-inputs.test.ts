import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { accountOf } from '../support/account';
import { byId, errorOf } from '../support/core/items';
import { NodeUnderTest, type NodeSetUp } from '../support/core/node';
import { startKliqSimulator, type KliqSimulator } from '../support/kliq';

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
		credential: accountOf(kliq),
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
