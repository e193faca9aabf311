import fc from 'fast-check';

import type { Breach } from './invariants';
import { play, type Played } from './play';
import { parseSuites } from './suiteNames';
import { stepsOf } from './suites';

export interface Exploration {
	/** How many sequences at most. */
	runs: number;
	seed: number;
	/** After so many seconds no further sequence is begun. */
	limitS: number;
	maxSteps?: number;
	/** Breaches that are known. */
	ignored?: RegExp;
}

export interface Explored {
	sequences: number;
	seconds: number;
	/** The shortest sequence that breaches an invariant. */
	failure?: { breaches: Breach[]; report: string };
}

/** Plays random sequences of joined suites, until one of them breaches an invariant. */
export async function explore(
	suite: string,
	{ runs, seed, limitS, maxSteps = 14, ignored }: Exploration,
): Promise<Explored> {
	const suites = parseSuites(suite);
	const isN8nV1 = suites.has('v1');
	const begun = process.hrtime.bigint();
	const explored: Explored = { sequences: 0, seconds: 0 };
	const property = fc.asyncProperty(
		fc.commands([stepsOf(suites)], { maxCommands: maxSteps, size: 'max' }),
		fc.noShrink(fc.integer({ min: 1, max: 1e6 })),
		async (steps, chance) => {
			explored.seconds = Number(process.hrtime.bigint() - begun) / 1e9;
			if (explored.seconds > limitS) return true;
			explored.sequences += 1;
			const played = await play(steps, { seed: chance, isN8nV1 });
			const breaches = played.world.breaches.filter(
				({ invariant, what }) => !ignored?.test(`${invariant}: ${what}`),
			);
			if (breaches.length === 0) return true;
			// The last failure is the one that could not be shortened.
			explored.failure = { breaches, report: report(played, { suite, seed: chance }) };
			return false;
		},
	);
	await fc.check(property, { numRuns: runs, seed });
	return explored;
}

/** What a sequence breaches, how to play it again, and what happened in it. */
export function report(
	{ world, steps }: Played,
	{ suite, seed }: { suite: string; seed: number },
): string {
	const breaches = world.breaches.map(({ invariant, what }) => `${invariant}: ${what}`);
	const replay = `SUITE=${suite} SEED=${seed} REPLAY='${steps.join('; ')}'`;
	return [...breaches, replay, ...world.lines].join('\n');
}
