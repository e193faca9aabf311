import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { buildNode } from '../../support/n8n';
import { inParallel } from '../../support/parallel';
import type { TestBed, TriggeredWorkflow } from '../../support/testBed';
import type { BenchmarkEnvironment } from '../environment';
import { headersOf } from '../event';
import { fillMemory } from '../fillMemory';
import { interleave, medianOf, ratioOf, type Candidate, type Result } from '../measure';
import { loadOf, type Load } from '../n8nLoad';
import { post } from '../post';
import { comparison, duration, type Row } from '../report';
import { work } from '../workflows';

const IN_FLIGHT = 4;
/** What Ignore Repeats writes of an event. */
const RECORDS_PER_EVENT = 2;
/** With the largest memory, against the trigger without the option. */
const MAX_RATIO_AT_MOST_REMEMBERED = 1.5;

/**
 * Different events, of which each way has to remember the ID. On n8n with lazy isolates: otherwise n8n's
 * own part of an event hides what the memory costs.
 */
export async function measureRepeats({
	lazyTestBed: testBed,
	sizes,
}: BenchmarkEnvironment): Promise<Row[]> {
	const { smallEvents, rounds, warmUps, remembered, repairMs } = sizes;
	const [few, many] = remembered;
	const plain = await testBed.publishTriggered({ then: [work()] });
	const ignoring = await publishIgnoring(testBed, few);
	const ignoringMany = await publishIgnoring(testBed, many);
	const duplicates = removeDuplicates(few);
	const removing = await testBed.publishTriggered({ then: [duplicates, work()] });
	await fillMemory(testBed, removing.id, duplicates, few);

	const candidate = (name: string, workflow: TriggeredWorkflow): Candidate<keyof Load> => ({
		name,
		async run() {
			const { cpu, wall } = await loadOf(testBed.n8n, async () => {
				await sendEvents(testBed, workflow, smallEvents);
				// Ignore Repeats works on after the answer, the others do not.
				await sleep(repairMs);
			});
			return { cpu: cpu / smallEvents, wall: wall / smallEvents };
		},
	});
	const results = await interleave(
		[
			candidate(`KLIQ Trigger, Ignore Repeats, ${few} remembered`, ignoring),
			candidate(`KLIQ Trigger, Ignore Repeats, ${many} remembered`, ignoringMany),
			candidate('KLIQ Trigger', plain),
			candidate(`KLIQ Trigger → Remove Duplicates, ${few} remembered`, removing),
		],
		rounds.repeats,
		warmUps,
	);
	const [ours, oursWithMany, withoutIt, others] = results;
	return [
		rowOf(ours, [withoutIt, others]),
		rowOf(oursWithMany, [withoutIt], MAX_RATIO_AT_MOST_REMEMBERED),
	];
}

/** As many as the trigger is told to remember, and as it already does. */
async function publishIgnoring(testBed: TestBed, eventsToRemember: number) {
	const published = await testBed.publishTriggered({
		parameters: { options: { ignoreRepeats: true, eventsToRemember } },
		then: [work()],
	});
	await fillMemory(testBed, published.id, published.trigger, eventsToRemember * RECORDS_PER_EVENT);
	return published;
}

function rowOf(
	ours: Result<keyof Load>,
	others: Array<Result<keyof Load>>,
	maxRatio?: number,
): Row {
	const figure = (result: Result<keyof Load>) => `${duration(medianOf(result, 'cpu'))} processor`;
	return {
		work: 'signed event whose ID is remembered, n8n with lazy isolates',
		lines: [
			{ candidate: ours.name, median: figure(ours) },
			...others.map((other) =>
				comparison(other.name, figure(other), ratioOf(ours, other, 'cpu'), maxRatio),
			),
		],
		results: [ours, ...others],
	};
}

const removeDuplicates = (historySize: number) =>
	buildNode({
		type: 'n8n-nodes-base.removeDuplicates',
		name: 'Remove Duplicates',
		typeVersion: 2,
		parameters: {
			operation: 'removeItemsSeenInPreviousExecutions',
			logic: 'removeItemsWithAlreadySeenKeyValues',
			dedupeValue: '={{ $json.id }}',
			options: { historySize },
		},
	});

async function sendEvents(
	testBed: TestBed,
	{ url }: TriggeredWorkflow,
	count: number,
): Promise<void> {
	const [{ secret }] = testBed.subscriptionsTo(url);
	await inParallel(Array.from({ length: count }), IN_FLIGHT, async () => {
		const event = { id: `evt_${randomUUID()}`, type: 'visit.submitted', data: {} };
		const body = Buffer.from(JSON.stringify(event));
		await post(url, body, headersOf(body, secret));
	});
}
