import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import { EXAMPLES, kindOf, readExample } from '../support/exampleWorkflow';
import {
	sampleData,
	shelfResult,
	startKliqSimulator,
	FAILURE_REASON,
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
