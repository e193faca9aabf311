import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { buildNode } from '../../support/n8n';
import { inParallel } from '../../support/parallel';
import type { TestBed, TriggeredWorkflow } from '../../support/testBed';
import type { BenchmarkEnvironment } from '../environment';
import { headersOf } from '../event';
import { interleave, medianOf, ratioOf, type Candidate, type Result } from '../measure';
import { loadOf, type Load } from '../n8nLoad';
import { post } from '../post';
import { comparison, duration, type Row } from '../report';
import { work } from '../workflows';

const IN_FLIGHT = 4;
/** As many as a burst brings at once, to fill the memory. */
const FILLING_CONNECTIONS = 25;

/**
 * Different events, of which each way has to remember the ID. On n8n with lazy isolates: otherwise n8n's
 * own part of an event hides what the memory costs.
 */
export async function measureRepeats({
	lazyTestBed: testBed,
	sizes,
}: BenchmarkEnvironment): Promise<Row[]> {
	const { smallEvents, rounds, warmUps, remembered, repairMs } = sizes;
	const ignoring = await testBed.publishTriggered({
		parameters: { options: { ignoreRepeats: true } },
		then: [work()],
	});
	const plain = await testBed.publishTriggered({ then: [work()] });
	const removing = await testBed.publishTriggered({ then: [removeDuplicates(), work()] });

	// Before the rounds: what is remembered makes each access dearer.
	await sendEvents(testBed, ignoring, remembered, FILLING_CONNECTIONS);
	await sendEvents(testBed, removing, remembered, 1);

	const candidate = (name: string, workflow: TriggeredWorkflow): Candidate<keyof Load> => ({
		name,
		async run() {
			const { cpu, wall } = await loadOf(testBed.n8n, async () => {
				await sendEvents(testBed, workflow, smallEvents, IN_FLIGHT);
				// Ignore Repeats works on after the answer, the others do not.
				await sleep(repairMs);
			});
			return { cpu: cpu / smallEvents, wall: wall / smallEvents };
		},
	});
	const results = await interleave(
		[
			candidate('KLIQ Trigger, Ignore Repeats', ignoring),
			candidate('KLIQ Trigger', plain),
			candidate('KLIQ Trigger → Remove Duplicates', removing),
		],
		rounds.repeats,
		warmUps,
	);
	return [rowOf(results)];
}

function rowOf(results: Array<Result<keyof Load>>): Row {
	const [ours, ...others] = results;
	const figure = (result: Result<keyof Load>) => `${duration(medianOf(result, 'cpu'))} processor`;
	return {
		work: 'signed event whose ID is remembered, n8n with lazy isolates',
		lines: [
			{ candidate: ours.name, median: figure(ours) },
			...others.map((other) => comparison(other.name, figure(other), ratioOf(ours, other, 'cpu'))),
		],
		results,
	};
}

const removeDuplicates = () =>
	buildNode({
		type: 'n8n-nodes-base.removeDuplicates',
		name: 'Remove Duplicates',
		typeVersion: 2,
		parameters: {
			operation: 'removeItemsSeenInPreviousExecutions',
			logic: 'removeItemsWithAlreadySeenKeyValues',
			dedupeValue: '={{ $json.id }}',
			options: { historySize: 1_000 },
		},
	});

async function sendEvents(
	testBed: TestBed,
	{ url }: TriggeredWorkflow,
	count: number,
	connections: number,
): Promise<void> {
	const [{ secret }] = testBed.subscriptionsTo(url);
	await inParallel(Array.from({ length: count }), connections, async () => {
		const event = { id: `evt_${randomUUID()}`, type: 'visit.submitted', data: {} };
		const body = Buffer.from(JSON.stringify(event));
		await post(url, body, headersOf(body, secret));
	});
}
