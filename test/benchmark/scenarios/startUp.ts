import { rename } from 'node:fs/promises';
import { join } from 'node:path';

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

type Figure = 'wall' | 'cpu';

/**
 * n8n's start with the package and without it: the same n8n on the same data, the package's folder
 * taken away and put back. Must come before any workflow is published.
 */
export async function measureStartUp({
	testBed: { n8n },
	sizes,
}: BenchmarkEnvironment): Promise<Row[]> {
	const modules = join(n8n.userFolder, '.n8n', 'nodes', 'node_modules');
	const inPlace = join(modules, 'n8n-nodes-kliq');
	const aside = join(n8n.userFolder, 'n8n-nodes-kliq-aside');

	const start = async () => {
		const wall = await secondsOf(async () => await n8n.start());
		const cpu = await n8n.cpuSeconds();
		await n8n.stop({ keepData: true });
		return { wall, cpu };
	};
	const withIt: Candidate<Figure> = { name: 'with the package', run: start };
	const without: Candidate<Figure> = {
		name: 'without it',
		async run() {
			await rename(inPlace, aside);
			const sample = await start();
			await rename(aside, inPlace);
			return sample;
		},
	};
	await n8n.stop({ keepData: true });
	const results = await interleave([withIt, without], sizes.rounds.startUp);
	await n8n.start();
	return [rowOf(results)];
}

function rowOf(results: Array<Result<Figure>>): Row {
	const [withIt, without] = results;
	const figuresOf = (result: Result<Figure>) =>
		`${duration(medianOf(result, 'wall'))} wall, ${duration(medianOf(result, 'cpu'))} processor`;
	const more = median(withIt.samples.map(({ cpu }, round) => cpu - without.samples[round].cpu));
	const spread = spreadOf(without.samples.map(({ cpu }) => cpu));
	return {
		work: 'n8n’s start',
		lines: [
			{ candidate: withIt.name, median: figuresOf(withIt) },
			{
				candidate: without.name,
				median: `${figuresOf(without)} (spread ${duration(spread)})`,
				ratio: ratioOf(withIt, without, 'cpu'),
				target: 'within the spread',
				met: more <= spread ? 'yes' : `no, ${duration(more)} more`,
			},
		],
		results,
	};
}

/** How far the lowest and the highest value lie apart. */
const spreadOf = (values: number[]) => Math.max(...values) - Math.min(...values);
