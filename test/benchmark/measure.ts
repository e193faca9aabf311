/** What one contestant did in one round: figures by name. */
export type Sample<Figure extends string> = Record<Figure, number>;

/** One way of doing a piece of work. */
export interface Contestant<Figure extends string> {
	name: string;
	/** Does the work once and measures it. */
	run(): Promise<Sample<Figure>>;
}

/** The samples of one contestant, in the order of the rounds. */
export interface Result<Figure extends string = string> {
	name: string;
	samples: Array<Sample<Figure>>;
}

/**
 * Lets every contestant work once in each round. Each round begins with another one, so that what
 * disturbs the machine for a while disturbs all of them, and every other round goes backwards, so
 * that nobody always clears away what the same other one has left in memory.
 *
 * @param warmUps rounds before those that count
 * @returns a result for each contestant, in the given order
 */
export async function interleave<Figure extends string>(
	contestants: Array<Contestant<Figure>>,
	rounds: number,
	warmUps = 0,
): Promise<Array<Result<Figure>>> {
	const results = contestants.map(({ name }): Result<Figure> => ({ name, samples: [] }));
	for (let round = 0; round < warmUps + rounds; round++) {
		for (const index of orderOf(round, contestants.length)) {
			const sample = await contestants[index].run();
			if (round >= warmUps) results[index].samples.push(sample);
		}
	}
	return results;
}

function orderOf(round: number, count: number): number[] {
	const order = Array.from({ length: count }, (_, turn) => (turn + round) % count);
	return round % 2 === 0 ? order : order.reverse();
}

/** The middle value; of an even number of values the mean of the middle two. */
export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** The median of one figure over the rounds. */
export function medianOf<Figure extends string>(result: Result<Figure>, figure: Figure): number {
	return median(result.samples.map((sample) => sample[figure]));
}

/**
 * How many times the other's figure the one's is: the median over the rounds, each round's two
 * samples compared with each other, because they saw the same state of the machine.
 */
export function ratioOf<Figure extends string>(
	one: Result<Figure>,
	other: Result<Figure>,
	figure: Figure,
): number {
	return median(one.samples.map((sample, round) => sample[figure] / other.samples[round][figure]));
}

/** Seconds that a piece of work takes by the clock on the wall. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
	const start = performance.now();
	await work();
	return (performance.now() - start) / 1000;
}
