import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Ajv from 'ajv';
import type { IDataObject } from 'n8n-workflow';

import { EVENT_TYPES, eventName } from '../../nodes/Kliq/subscriptions/events';
import { EXAMPLES, kindOf, readExample } from '../support/exampleWorkflow';
import {
	sampleData,
	sampleEvent,
	shelfResult,
	startKliqSimulator,
	withNumberedIds,
	FAILURE_REASON,
	KLIQ_EVENT_TYPES,
	type KliqEvent,
	type KliqEventType,
	type KliqSimulator,
} from '../support/simulator';

/** A value's fields and their types, without the values; of a list, the shapes that occur in it. */
function shapeOf(value: unknown): unknown {
	if (Array.isArray(value)) {
		return [...new Set(value.map((entry) => JSON.stringify(shapeOf(entry))))].sort();
	}
	if (typeof value !== 'object' || value === null) return typeof value;
	const names = Object.keys(value).sort();
	return Object.fromEntries(
		names.map((name) => [name, shapeOf((value as Record<string, unknown>)[name])]),
	);
}

const shapesOf = (values: unknown[]) => values.map((value) => shapeOf(value));

/** The sample output of a node. */
const samplesOf = (name: string, node: string) =>
	(readExample(name).pinData[node] ?? []).map(({ json }) => json);

const withTrigger = EXAMPLES.flatMap((name) => {
	const trigger = readExample(name).nodes.find((node) => kindOf(node) === 'kliqTrigger');
	return trigger ? [{ name, events: trigger.parameters.events as KliqEventType[] }] : [];
});

describe('the samples in the examples are what KLIQ sends', () => {
	let kliq: KliqSimulator;

	beforeAll(async () => {
		kliq = await startKliqSimulator();
	});

	afterAll(async () => {
		await kliq?.stop();
	});

	const answer = async (path: string): Promise<IDataObject> => {
		const response = await fetch(`${kliq.baseUrl}/tenants/${kliq.tenantId}${path}`, {
			headers: { 'X-API-Key': kliq.apiKey },
		});
		return (await response.json()) as IDataObject;
	};

	it.each(withTrigger)('$name: its events', ({ name, events }) => {
		const samples = samplesOf(name, 'KLIQ Trigger') as Array<{ type: KliqEventType }>;
		expect([...new Set(samples.map(({ type }) => type))].sort()).toEqual([...events].sort());
		expect(shapesOf(samples)).toEqual(
			shapesOf(samples.map(({ type }) => JSON.parse(JSON.stringify(kliq.emit(type).event)))),
		);
	});

	it.each(withTrigger)('$name: its events are those of the documents', ({ name, events }) => {
		const samples = samplesOf(name, 'KLIQ Trigger') as unknown as KliqEvent[];
		for (const type of events) {
			const { data } = samples.find((each) => each.type === type)!;
			expect(withNumberedIds(data)).toEqual(sampleEvent(type).data);
		}
	});

	it.each(['cv-job-failed-to-slack', 'missing-and-uncertain-products'])(
		'%s: its observation',
		async (name) => {
			const { id } = kliq.seedObservation(sampleData['observation.created']());
			const [sample] = samplesOf(name, 'Get the Photo');
			expect(shapeOf(sample)).toEqual(shapeOf(await answer(`/observations/${id}`)));
		},
	);

	it('catch-up: its jobs', async () => {
		kliq.seedJob({ status: 'failed', error: FAILURE_REASON });
		kliq.seedJob({ status: 'completed', result: shelfResult() });
		const { data } = await answer('/cv/jobs');
		expect(shapeOf(samplesOf('catch-up', 'CV Jobs'))).toEqual(shapeOf(data));
	});

	it('photo-to-answer: its observation and its job', async () => {
		const observation = kliq.seedObservation(sampleData['observation.created']());
		const job = kliq.seedJob({ status: 'completed', result: shelfResult() });
		expect(shapesOf(samplesOf('photo-to-answer', 'Submit the Photo'))).toEqual([
			shapeOf(await answer(`/observations/${observation.id}`)),
		]);
		expect(shapesOf(samplesOf('photo-to-answer', 'Analyze It'))).toEqual([
			shapeOf(await answer(`/cv/jobs/${job.id}`)),
		]);
	});
});

describe('the samples in docs/sample-events.md', () => {
	const PROJECT = join(__dirname, '../..');
	const page = readFileSync(join(PROJECT, 'docs/sample-events.md'), 'utf8');
	const samples = [...page.matchAll(/^## (.+)$[^#]*?^```json\n([^`]+)^```$/gm)].map(
		([, name, json]) => ({ name, items: JSON.parse(json) as KliqEvent[] }),
	);

	it('are one of each event, by the names of the editor', () => {
		expect(samples.map(({ items }) => items[0].type)).toEqual([...EVENT_TYPES]);
		expect([...EVENT_TYPES].sort()).toEqual([...KLIQ_EVENT_TYPES].sort());
		for (const { name, items } of samples) expect(name).toBe(eventName(items[0].type));
	});

	it.each(EVENT_TYPES)('%s: what KLIQ sends, as the schema has it', (type) => {
		const sample = samples.find(({ items }) => items[0].type === type)!.items;
		expect(sample).toEqual([sampleEvent(type as KliqEventType)]);
		const schema = readFileSync(join(PROJECT, 'nodes/Kliq/__schema__/v1.0.0.json'), 'utf8');
		const validate = new Ajv().compile(JSON.parse(schema) as object);
		validate(sample[0]);
		expect(validate.errors).toBeNull();
	});
});
