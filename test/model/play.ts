import { jest } from '@jest/globals';
import fc from 'fast-check';

import { clock } from '../support/n8nCore/discreteEventClock';
import { fakeClocks } from '../support/n8nCore/virtualTime';
import {
	CHECK_MS,
	checkAccepted,
	checkChange,
	checkQuiet,
	checkServed,
	notLimited,
	publishedTriggers,
} from './checks';
import { newPlan, type Plan } from './plan';
import { HOUR, MINUTE } from './time';
import { World } from './world';

/** What is waited for is nothing but promises and the clock. */
const QUIET_TURNS = 2;

const QUIET_MS = 80 * MINUTE;

type Steps = Iterable<fc.AsyncCommand<Plan, World>>;

export interface Played {
	world: World;
	/** The steps that were possible. */
	steps: string[];
}

/** Runs a sequence, ends all faults and checks the invariants for nearly four hours of virtual time. */
export async function play(
	steps: Steps,
	{ seed, isN8nV1 }: { seed: number; isN8nV1: boolean },
): Promise<Played> {
	fakeClocks();
	const world = new World(seed, isN8nV1);
	world.kliq.onChange = (request) => checkChange(world, request);
	const random = jest.spyOn(Math, 'random').mockImplementation(world.random.next);
	const onRejection = (reason: unknown) => {
		world.breach('no-throw', `unhandled rejection: ${String(reason)}`);
	};
	process.on('unhandledRejection', onRejection);
	try {
		await clock.run(playIn(world, steps), QUIET_TURNS);
	} finally {
		for (const each of world.processes) each.kill();
		clock.clear();
		process.off('unhandledRejection', onRejection);
		random.mockRestore();
		jest.useRealTimers();
	}
	const marker = /^ *[\d.]+ > /;
	const done = world.lines.filter((line) => marker.test(line));
	return { world, steps: done.map((line) => line.replace(marker, '')) };
}

async function playIn(world: World, steps: Steps): Promise<void> {
	await world.original.start();
	await fc.asyncModelRun(() => ({ model: newPlan(), real: world }), steps);
	world.trace('all faults end');
	await endFaults(world);

	const endedAt = Math.max(performance.now(), world.kliq.retryAt);
	const early = notLimited(world, endedAt);
	await until(endedAt + CHECK_MS);
	checkServed(world, early);
	await until(endedAt + HOUR + CHECK_MS);
	checkServed(world, publishedTriggers(world));
	await until(endedAt + 2 * HOUR + 5 * MINUTE);
	await checkAccepted(world);
	checkQuiet(world);
	await checkNothingHappens(world);
}

/** KLIQ works, the n8n that were started last run, and have ended what they had begun. */
async function endFaults(world: World): Promise<void> {
	world.endFaults();
	world.kliq.heal();
	world.twin?.kill();
	await world.original.start();
	await Promise.all(world.instances.map(async (instance) => await instance.untilIdle()));
}

const until = async (at: number) => await clock.sleep(Math.max(0, at - performance.now()));

async function checkNothingHappens(world: World): Promise<void> {
	const before = world.kliq.subscriptions;
	const told = world.causes.told.length;
	await clock.sleep(QUIET_MS);
	if (world.kliq.subscriptions !== before) world.breach('quiet', 'something changes at KLIQ');
	if (world.causes.told.length > told) world.breach('quiet', 'the owner is told');
}
