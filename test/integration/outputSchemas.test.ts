import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import Ajv from 'ajv';
import { loadOutputSchema, resolveOutputSchemaPath } from 'n8n-core';
import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { kliqCredential } from '../support/kliqCredential';
import { byId, EXTRA_FIELDS } from '../support/n8nCore/items';
import { NodeUnderTest } from '../support/n8nCore/node';
import { TriggerReceiver } from '../support/n8nCore/receiver';
import { linkClock, useVirtualTime } from '../support/n8nCore/virtualTime';
import {
	FAILURE_REASON,
	KLIQ_EVENT_TYPES,
	manualClock,
	shelfResult,
	type KliqSimulator,
} from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

/** Where a node type's compiled file stands in dist, seen from the source. */
const NODE_FOLDER = resolve(__dirname, '../../nodes/Kliq');
const SECRET = 'whsec_shared';
const OBSERVATION = {
	locationId: 'loc_7',
	imageUrl: 'https://images.example.com/7.jpg',
	latitude: 52.3702,
	longitude: 4.8952,
	metadata: { aisle: '7' },
};

/** The part of JSON Schema that n8n's editor reads. */
interface Schema {
	type?: string;
	properties?: Record<string, Schema>;
	items?: Schema;
}

/** One run of an operation. */
interface Run {
	parameters: object;
	/** Whether it gives items of another shape, which the schema allows but does not name. */
	isSplit?: boolean;
}

let kliq: KliqSimulator;

useVirtualTime();

useSimulator(
	(started) => (kliq = started),
	// KLIQ does not document how a subscription says that it is active.
	() => ({ clock: linkClock(manualClock()), liveness: 'none' }),
);

const schemaOf = (resource?: string, operation?: string) =>
	loadOutputSchema({ nodeDir: NODE_FOLDER, version: 1, resource, operation }) as Schema;

/** Every operation of the node by its resource, as the editor offers them. */
const OPERATIONS = new Kliq().description.properties
	.filter(({ name }) => name === 'operation')
	.flatMap(({ displayOptions, options }) =>
		(options as INodePropertyOptions[]).map(
			({ value }) => `${displayOptions?.show?.resource?.join()}.${value}`,
		),
	);

const withoutSimplify = { simplify: false };
const splitDetections = { options: { splitDetections: true } };

/** Runs that together give every field that KLIQ documents. */
const RUNS: Record<string, () => Run[]> = {
	'cvJob.create': () => {
		const observationId = byId(kliq.seedObservation().id);
		const start = { observationId, model: 'shelf-detection-v2' };
		const wait = { ...start, waitForCompletion: true };
		return [
			{ parameters: start },
			{ parameters: wait },
			{ parameters: { ...wait, ...splitDetections }, isSplit: true },
		];
	},
	'cvJob.get': () => {
		const completed = byId(kliq.seedJob({ status: 'completed', result: shelfResult() }).id);
		const failed = byId(kliq.seedJob({ status: 'failed', error: FAILURE_REASON }).id);
		return [
			{ parameters: { jobId: completed } },
			{ parameters: { jobId: failed } },
			{ parameters: { jobId: completed, ...splitDetections }, isSplit: true },
			{ parameters: { jobId: failed, ...splitDetections }, isSplit: true },
		];
	},
	'cvJob.getAll': () => {
		kliq.seedJob();
		kliq.seedJob({ status: 'completed', result: shelfResult() });
		kliq.seedJob({ status: 'failed', error: { message: FAILURE_REASON } });
		return [{ parameters: { returnAll: true } }];
	},
	'observation.create': () => {
		const { locationId, imageUrl, latitude, longitude } = OBSERVATION;
		const metadata = { pairs: [{ key: 'aisle', value: '7' }] };
		const additionalFields = { coordinates: { latitude, longitude }, metadata };
		return [{ parameters: { locationId, imageUrl, additionalFields } }];
	},
	'observation.delete': () => [{ parameters: { observationId: byId(kliq.seedObservation().id) } }],
	'observation.get': () => [
		{ parameters: { observationId: byId(kliq.seedObservation(OBSERVATION).id) } },
	],
	'observation.getAll': () => {
		kliq.seedObservation();
		kliq.seedObservation(OBSERVATION);
		return [{ parameters: { returnAll: true } }];
	},
	'webhook.create': () => [
		{ parameters: { url: 'https://example.com/kliq', events: ['visit.submitted'] } },
	],
	'webhook.delete': () => [{ parameters: { webhookId: byId(subscribe().id) } }],
	'webhook.getAll': () => {
		subscribe();
		return [{ parameters: { returnAll: true } }];
	},
};

const subscribe = (url = 'https://example.com/kliq') =>
	kliq.seedSubscription({ url, events: [...KLIQ_EVENT_TYPES], secret: SECRET });

async function run(name: string, parameters: object): Promise<IDataObject[]> {
	const [resource, operation] = name.split('.');
	const node = new NodeUnderTest(new Kliq(), {
		parameters: { resource, operation, ...parameters },
		credential: kliqCredential(kliq),
	});
	return (await node.execute()).map(({ json }) => json);
}

/** What is wrong with an item by a schema; nothing if it is right. */
function faultsOf(schema: Schema, item: IDataObject): string[] {
	// Strict: a keyword that JSON Schema does not know, such as a misspelt one, is an error.
	const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);
	validate(item);
	return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The fields that a schema names, nested ones as `a.b` and `a[].b`. */
function fieldsNamed({ properties = {}, items }: Schema, path = ''): string[] {
	const nested = Object.entries(properties).flatMap(([name, field]) => [
		`${path}.${name}`,
		...fieldsNamed(field, `${path}.${name}`),
	]);
	return items ? [...nested, ...fieldsNamed(items, `${path}[]`)] : nested;
}

/** The fields that a value has, down to those that the schema leaves open, such as metadata. */
function fieldsIn(value: unknown, { properties, items }: Schema, path = ''): string[] {
	if (Array.isArray(value)) {
		return items ? value.flatMap((entry) => fieldsIn(entry, items, `${path}[]`)) : [];
	}
	if (typeof value !== 'object' || value === null || !properties) return [];
	return Object.entries(value).flatMap(([name, field]) => [
		`${path}.${name}`,
		...fieldsIn(field, properties[name] ?? {}, `${path}.${name}`),
	]);
}

/** Fails unless the items have the fields that the schema names, and no others. */
function expectToNameTheFieldsOf(items: IDataObject[], schema: Schema) {
	const found = new Set(items.flatMap((item) => fieldsIn(item, schema)));
	expect([...found].sort()).toEqual(fieldsNamed(schema).sort());
}

describe('the output schemas', () => {
	it('are there for every operation and for the trigger, and for nothing else', () => {
		const wanted = ['.', ...OPERATIONS].map((name) => {
			const [resource, operation] = name.split('.');
			return resolveOutputSchemaPath({ nodeDir: NODE_FOLDER, version: 1, resource, operation });
		});
		const folder = join(NODE_FOLDER, '__schema__');
		const there = readdirSync(folder, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath, entry.name));
		expect(there.sort()).toEqual(wanted.sort());
	});

	it('have a run of each operation to be checked by', () => {
		expect(Object.keys(RUNS).sort()).toEqual([...OPERATIONS].sort());
	});

	it.each(Object.keys(RUNS))('name the fields of %s', async (name) => {
		const schema = schemaOf(...name.split('.'));
		const named: IDataObject[] = [];
		for (const { parameters, isSplit } of RUNS[name]()) {
			const items = await run(name, parameters);
			expect(items.length).toBeGreaterThanOrEqual(1);
			expect(items.flatMap((item) => faultsOf(schema, item))).toEqual([]);
			if (!isSplit) named.push(...items);
		}
		expectToNameTheFieldsOf(named, schema);
	});

	it.each(['cvJob.get', 'cvJob.getAll', 'observation.get', 'observation.getAll'])(
		'name what Simplify keeps of %s, and allow what it drops',
		async (name) => {
			const schema = schemaOf(...name.split('.'));
			kliq.settings.extraFields = EXTRA_FIELDS;
			const simplified: IDataObject[] = [];
			for (const { parameters, isSplit } of RUNS[name]()) {
				if (isSplit) continue;
				simplified.push(...(await run(name, parameters)));
				const raw = await run(name, { ...parameters, ...withoutSimplify });
				expect(raw[0]).toMatchObject(EXTRA_FIELDS);
				expect(raw.flatMap((item) => faultsOf(schema, item))).toEqual([]);
			}
			expectToNameTheFieldsOf(simplified, schema);
		},
	);

	it('name the fields of an event, those of cv.job.completed under data', async () => {
		const schema = schemaOf();
		const parameters = { events: [...KLIQ_EVENT_TYPES], respond: 'onReceived' };
		const credential = kliqCredential(kliq, { signingSecret: SECRET });
		const node = new NodeUnderTest(new KliqTrigger(), { parameters, credential });
		const receiver = await TriggerReceiver.start(new KliqTrigger(), () => node);
		try {
			subscribe(receiver.url);
			for (const type of KLIQ_EVENT_TYPES) {
				const { deliveries } = kliq.emit(type);
				await deliveries[0].firstAttempt;
			}
			const events = receiver.runs.map(({ json }) => json);
			expect(events.map(({ type }) => type)).toEqual(KLIQ_EVENT_TYPES);
			expect(events.flatMap((event) => faultsOf(schema, event))).toEqual([]);
			// KLIQ documents the data of no other type.
			const documented = events.filter(({ type }) => type === 'cv.job.completed');
			expectToNameTheFieldsOf(documented, schema);
		} finally {
			await receiver.stop();
		}
	});
});
