import type { BenchmarkEnvironment } from '../environment';
import { interleave, type Result } from '../measure';
import { verdict, type Line, type Row } from '../report';

const PUBLISH_MARK = 3;
const UNPUBLISH_MARK = 2;

type Figure = 'publish' | 'unpublish';

/** How many calls to KLIQ publishing and unpublishing take with nothing to clean up. */
export async function publishRows({ testBed, sizes }: BenchmarkEnvironment): Promise<Row[]> {
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
			lineOf(results[0], 'publish', PUBLISH_MARK),
			lineOf(results[0], 'unpublish', UNPUBLISH_MARK),
		],
		results,
	};
	return [row];
}

function lineOf({ name, samples }: Result<Figure>, figure: Figure, most: number): Line {
	const calls = Math.max(...samples.map((sample) => sample[figure]));
	return {
		contestant: `${name}: ${figure}`,
		median: String(calls),
		mark: `≤ ${most}`,
		reached: verdict(calls, most),
	};
}
