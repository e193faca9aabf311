import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { packageFolder } from '../../support/n8n';
import { inParallel } from '../../support/parallel';
import type { TestBed } from '../../support/testBed';
import type { BenchmarkEnvironment } from '../environment';
import {
	interleave,
	median,
	medianOf,
	ratioOf,
	secondsOf,
	type Candidate,
	type Result,
} from '../measure';
import { duration, type Row } from '../report';

/** By then every trigger has made its first health check. */
const FIRST_CHECKS_MS = 31_000;

const PUBLISHING_AT_A_TIME = 4;

type Figure = 'wall' | 'cpu';

/** `later`: processor time after `FIRST_CHECKS_MS`; `calls`: requests to KLIQ until then. */
type CheckedFigure = Figure | 'later' | 'calls';

/** n8n's start with and without what we add to it. Must come before any workflow is published. */
export async function measureStartUp({ testBed, sizes }: BenchmarkEnvironment): Promise<Row[]> {
	return [
		await measurePackage(testBed, sizes.rounds.startUp),
		...(await measureTriggers(testBed, sizes.rounds.triggers, sizes.triggers)),
	];
}

/**
 * n8n's start with the package and without it: the same n8n on the same data, the package's folder
 * taken away and put back.
 */
async function measurePackage({ n8n }: TestBed, rounds: number): Promise<Row> {
	const inPlace = packageFolder(n8n);
	const aside = join(n8n.userFolder, 'n8n-nodes-kliq-aside');
	const run = async () => {
		const sample = await start(n8n);
		await n8n.stop({ keepData: true });
		return sample;
	};
	const withIt: Candidate<Figure> = { name: 'with the package', run };
	const without: Candidate<Figure> = {
		name: 'without it',
		async run() {
			await rename(inPlace, aside);
			const sample = await run();
			await rename(aside, inPlace);
			return sample;
		},
	};
	const results = await compareStarts(n8n, [withIt, without], rounds);
	return rowOf('n8n’s start', results, 'cpu', (result) => startFiguresOf(result));
}

/**
 * n8n's start with published triggers: as they are, and with a `trigger()` that does nothing. Without
 * any, n8n 2.x would note the triggers as such that need no call at a start, and not call those of the
 * next rounds either (workflow-publication-applier.js, `triggerKind`).
 */
async function measureTriggers(testBed: TestBed, rounds: number, count: number): Promise<Row[]> {
	const { n8n, kliq } = testBed;
	const workflows = await inParallel(
		Array.from({ length: count }),
		PUBLISHING_AT_A_TIME,
		async () => await testBed.publishTriggered(),
	);
	const nodeFile = join(packageFolder(n8n), 'dist', 'nodes', 'Kliq', 'KliqTrigger.node.js');
	const code = await readFile(nodeFile, 'utf8');
	const run = async () => {
		const before = kliq.requests.length;
		const sample = await start(n8n);
		await sleep(FIRST_CHECKS_MS);
		const later = await n8n.cpuSeconds();
		const calls = kliq.requests.length - before;
		await n8n.stop({ keepData: true });
		return { ...sample, later, calls };
	};
	const withChecks: Candidate<CheckedFigure> = { name: 'with health checks', run };
	const without: Candidate<CheckedFigure> = {
		name: 'without',
		async run() {
			await writeFile(
				nodeFile,
				`${code}\nexports.KliqTrigger.prototype.trigger = async () => ({});\n`,
			);
			const sample = await run();
			await writeFile(nodeFile, code);
			return sample;
		},
	};
	const results = await compareStarts(n8n, [withChecks, without], rounds);
	for (const { id } of workflows) await testBed.unpublish(id);

	const work = `n8n’s start with ${count} published KLIQ Triggers`;
	return [
		rowOf(work, results, 'wall', (result) => startFiguresOf(result)),
		rowOf(
			`${work}: processor time until their first health checks are over`,
			results,
			'later',
			(result) =>
				`${duration(medianOf(result, 'later'))} processor, ${medianOf(result, 'calls')} calls to KLIQ`,
		),
	];
}

/** Measures candidates that start n8n and stop it again, and leaves it running. */
async function compareStarts<Name extends string>(
	n8n: TestBed['n8n'],
	candidates: Array<Candidate<Name>>,
	rounds: number,
): Promise<Array<Result<Name>>> {
	await n8n.stop({ keepData: true });
	const results = await interleave(candidates, rounds);
	await n8n.start();
	return results;
}

async function start(n8n: TestBed['n8n']) {
	const wall = await secondsOf(async () => await n8n.start());
	return { wall, cpu: await n8n.cpuSeconds() };
}

const startFiguresOf = <Name extends string>(result: Result<Figure | Name>) =>
	`${duration(medianOf(result, 'wall'))} wall, ${duration(medianOf(result, 'cpu'))} processor`;

/** @param figure seconds, of which ours may be more by the spread of the other's samples */
function rowOf<Name extends string>(
	work: string,
	[ours, other]: Array<Result<Name>>,
	figure: NoInfer<Name>,
	figuresOf: (result: Result<Name>) => string,
): Row {
	const more = median(
		ours.samples.map((sample, round) => sample[figure] - other.samples[round][figure]),
	);
	const spread = spreadOf(other.samples.map((sample) => sample[figure]));
	return {
		work,
		lines: [
			{ candidate: ours.name, median: figuresOf(ours) },
			{
				candidate: other.name,
				median: `${figuresOf(other)} (spread ${duration(spread)})`,
				ratio: ratioOf(ours, other, figure),
				target: 'within the spread',
				met: more <= spread ? 'yes' : `no, ${duration(more)} more`,
			},
		],
		results: [ours, other],
	};
}

/** How far the lowest and the highest value lie apart. */
const spreadOf = (values: number[]) => Math.max(...values) - Math.min(...values);
