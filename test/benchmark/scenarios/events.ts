import { randomBytes } from 'node:crypto';

import { outputOf } from '../../support/n8n';
import { inParallel } from '../../support/parallel';
import type { TestBed } from '../../support/testBed';
import type { BenchmarkEnvironment } from '../environment';
import { eventOfSize, headersOf } from '../event';
import { interleave, medianOf, ratioOf, type Candidate, type Result } from '../measure';
import { loadOf, type Load } from '../n8nLoad';
import { post } from '../post';
import { duration, comparison, type Row } from '../report';
import {
	publishByHand,
	publishBaseline,
	publishKliqTrigger,
	WORK,
	type Published,
} from '../workflows';

const IN_FLIGHT = 4;
const BASELINE_TARGET = 1.05;
const FORGED_TARGET = 0.8;

interface Receiver extends Published {
	secret: string;
	/** What a forged event is answered with. */
	refusal: number;
}

type Figure = keyof Load;

/** The ways of receiving an event, in one n8n. */
interface Receivers {
	/** With the secret that it derives. */
	kliq: Receiver;
	/** With the credential's Signing Secret. */
	kliqOwnSecret: Receiver;
	baseline: Receiver;
	byHand: Receiver;
}

/** Signed events that run a workflow of one node, and forged ones that must not. */
export async function measureEvents({
	testBed,
	lazyTestBed,
	sizes,
}: BenchmarkEnvironment): Promise<Row[]> {
	const usual = await publishReceivers(testBed);
	const lazy = await publishReceivers(lazyTestBed);
	const small = eventOfSize(2_000);
	const large = eventOfSize(1_000_000);
	const { smallEvents, largeEvents, warmUps } = sizes;

	const signed = async (body: Buffer, count: number) =>
		await interleave<Figure>(
			[
				accept('KLIQ Trigger', testBed, usual.kliq, body, count),
				accept('KLIQ Trigger, Signing Secret filled in', testBed, usual.kliqOwnSecret, body, count),
				accept('do-nothing trigger', testBed, usual.baseline, body, count),
				accept('Webhook → Crypto → IF', testBed, usual.byHand, body, count),
				accept('KLIQ Trigger, lazy isolates', lazyTestBed, lazy.kliq, body, count),
				accept('do-nothing trigger, lazy isolates', lazyTestBed, lazy.baseline, body, count),
				accept('Webhook → Crypto → IF, lazy isolates', lazyTestBed, lazy.byHand, body, count),
			],
			sizes.rounds.events,
			warmUps,
		);

	const forged = await interleave<Figure>(
		[
			refuse('KLIQ Trigger', testBed, usual.kliq, small, smallEvents),
			refuse('Webhook → Crypto → IF', testBed, usual.byHand, small, smallEvents),
		],
		sizes.rounds.events,
		warmUps,
	);
	return [
		...signedRows('signed event of 2 kB → workflow of one node', await signed(small, smallEvents)),
		...signedRows('signed event of 1 MB → workflow of one node', await signed(large, largeEvents)),
		forgedRow(forged),
	];
}

async function publishReceivers(testBed: TestBed): Promise<Receivers> {
	const secret = `whsec_${randomBytes(32).toString('hex')}`;
	const receivers = {
		kliq: { ...(await publishKliqTrigger(testBed)), refusal: 401 },
		kliqOwnSecret: { ...(await publishKliqTrigger(testBed, secret)), refusal: 401 },
		baseline: { ...(await publishBaseline(testBed)), secret, refusal: 200 },
		byHand: { ...(await publishByHand(testBed, secret)), secret, refusal: 200 },
	};
	await assertDoesItsWork(testBed, receivers.kliq, [true]);
	await assertDoesItsWork(testBed, receivers.kliqOwnSecret, [true]);
	await assertDoesItsWork(testBed, receivers.baseline, [true, true]);
	await assertDoesItsWork(testBed, receivers.byHand, [true, false]);
	return receivers;
}

/**
 * Sends a right event and a forged one.
 *
 * @param expected whether each execution, oldest first, must have come as far as the one node; an
 * event that is refused outright makes no execution
 * @throws Error if it is otherwise: nothing measured would mean anything then
 */
async function assertDoesItsWork(testBed: TestBed, receiver: Receiver, expected: boolean[]) {
	const body = eventOfSize(500);
	await post(receiver.url, body, headersOf(body, receiver.secret));
	await post(receiver.url, body, headersOf(body, 'forged'), receiver.refusal);
	const executions = await testBed.client.waitForExecutions(receiver.id, expected.length, 30_000);
	const worked: boolean[] = [];
	for (const { id } of executions.reverse()) {
		worked.push(outputOf(await testBed.client.execution(id), WORK).length > 0);
	}
	if (worked.join() !== expected.join()) {
		throw new Error(`A right and a forged event should have worked ${expected}, but: ${worked}`);
	}
}

function accept(name: string, testBed: TestBed, to: Receiver, body: Buffer, count: number) {
	return send(name, testBed, to, body, count, { secret: to.secret, status: 200 });
}

function refuse(name: string, testBed: TestBed, to: Receiver, body: Buffer, count: number) {
	return send(name, testBed, to, body, count, { secret: 'forged', status: to.refusal });
}

/** Seconds an event, of the wall clock with four in flight and of n8n's main process. */
function send(
	name: string,
	{ n8n }: TestBed,
	{ url }: Receiver,
	body: Buffer,
	count: number,
	{ secret, status }: { secret: string; status: number },
): Candidate<Figure> {
	const headers = headersOf(body, secret);
	const events = Array.from({ length: count }, () => body);
	return {
		name,
		async run() {
			const { cpu, wall } = await loadOf(
				n8n,
				async () => await inParallel(events, IN_FLIGHT, (each) => post(url, each, headers, status)),
			);
			return { cpu: cpu / count, wall: wall / count };
		},
	};
}

const figuresOf = (result: Result<Figure>) =>
	`${duration(medianOf(result, 'cpu'))} processor, ${duration(medianOf(result, 'wall'))} wall`;

function signedRows(work: string, results: Array<Result<Figure>>): Row[] {
	const [kliq, ownSecret, baseline, byHand, lazyKliq, lazyBaseline, lazyByHand] = results;
	const against = (ours: Result<Figure>, theirs: Result<Figure>, max?: number) =>
		comparison(theirs.name, figuresOf(theirs), ratioOf(ours, theirs, 'cpu'), max);
	const derived = {
		work: `${work}, derived secret`,
		lines: [
			{ candidate: kliq.name, median: figuresOf(kliq) },
			against(kliq, baseline, BASELINE_TARGET),
			against(kliq, byHand),
			{ candidate: lazyKliq.name, median: figuresOf(lazyKliq) },
			against(lazyKliq, lazyBaseline),
			against(lazyKliq, lazyByHand),
		],
		results,
	};
	const filledIn = {
		work: `${work}, the credential’s Signing Secret`,
		lines: [
			{ candidate: ownSecret.name, median: figuresOf(ownSecret) },
			against(ownSecret, baseline, BASELINE_TARGET),
		],
		results: [ownSecret, baseline],
	};
	return [derived, filledIn];
}

function forgedRow([kliq, byHand]: Array<Result<Figure>>): Row {
	return {
		work: 'forged event of 2 kB refused',
		lines: [
			{ candidate: kliq.name, median: figuresOf(kliq) },
			comparison(byHand.name, figuresOf(byHand), ratioOf(kliq, byHand, 'cpu'), FORGED_TARGET),
		],
		results: [kliq, byHand],
	};
}
