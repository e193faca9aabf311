import type { BenchmarkEnvironment } from '../environment';
import { interleave, type Result } from '../measure';
import { verdict, type Line, type Row } from '../report';

const PUBLISH_TARGET = 3;
const UNPUBLISH_TARGET = 2;

type Figure = 'publish' | 'unpublish';

/** How many calls to KLIQ publishing and unpublishing take with nothing to clean up. */
export async function measurePublishing({ testBed, sizes }: BenchmarkEnvironment): Promise<Row[]> {
	const callsOf = async (work: () => Promise<void>) => {
		const before = testBed.kliq.requests.length;
		await work();
		return testBed.kliq.requests.length - before;
	};
	const results = await interleave<Figure>(
		[
			{
				name: 'KLIQ Trigger',
				async run() {
					const { id } = await testBed.createTriggered();
					return {
						publish: await callsOf(async () => await testBed.publish(id)),
						unpublish: await callsOf(async () => await testBed.unpublish(id)),
					};
				},
			},
		],
		sizes.rounds.publish,
	);
	const row = {
		work: 'calls to KLIQ',
		lines: [
			lineOf(results[0], 'publish', PUBLISH_TARGET),
			lineOf(results[0], 'unpublish', UNPUBLISH_TARGET),
		],
		results,
	};
	return [row];
}

function lineOf({ name, samples }: Result<Figure>, figure: Figure, max: number): Line {
	const calls = Math.max(...samples.map((sample) => sample[figure]));
	return {
		candidate: `${name}: ${figure}`,
		median: String(calls),
		target: `≤ ${max}`,
		met: verdict(calls, max),
	};
}
