/** One candidate's figures of one round, by name. */
export type Sample<Figure extends string> = Record<Figure, number>;

/** One way of doing the work that is measured. */
export interface Candidate<Figure extends string> {
	name: string;
	/** Does the work once. @returns what it took */
	run(): Promise<Sample<Figure>>;
}

/** The samples of one candidate, in the order of the rounds. */
export interface Result<Figure extends string = string> {
	name: string;
	samples: Array<Sample<Figure>>;
}

/**
 * Runs every candidate once in each round. Each round begins with another candidate, so that what
 * slows the machine down for a while slows all of them; every other round runs in reverse order, so
 * that the same candidate does not always pay for the garbage of the same predecessor.
 *
 * @param warmUps rounds before those that count
 * @returns a result for each candidate, in the given order
 */
export async function interleave<Figure extends string>(
	candidates: Array<Candidate<Figure>>,
	rounds: number,
	warmUps = 0,
): Promise<Array<Result<Figure>>> {
	const results = candidates.map(({ name }): Result<Figure> => ({ name, samples: [] }));
	for (let round = 0; round < warmUps + rounds; round++) {
		for (const index of orderOf(round, candidates.length)) {
			const sample = await candidates[index].run();
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
 * The median over the rounds of one's figure divided by the other's. The two samples of a round are
 * compared with each other because the machine was in the same state for both.
 */
export function ratioOf<Figure extends string>(
	one: Result<Figure>,
	other: Result<Figure>,
	figure: Figure,
): number {
	return median(one.samples.map((sample, round) => sample[figure] / other.samples[round][figure]));
}

/** Wall-clock seconds that the work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
	const start = performance.now();
	await work();
	return (performance.now() - start) / 1000;
}
