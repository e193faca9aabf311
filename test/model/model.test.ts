import { expect, it, jest } from '@jest/globals';

import { explore, report } from './explore';
import { play } from './play';
import { parseSteps } from './step';
import { parseSuites, SUITES } from './suiteNames';

jest.mock('n8n-workflow', () => jest.requireActual('./n8nWorkflow'));

/** Joined suites; each alone finds the shortest sequences. */
const SHORT_FORM = [...SUITES, 'lost+lag+hand', 'cred+url+static', 'v1+lost+cred+hand'];

const { SUITE, REPLAY, IGNORE } = process.env;
const SEED = Number(process.env.SEED ?? 1);
const RUNS = Number(process.env.RUNS ?? 20);
const LIMIT_S = Number(process.env.LIMIT_S ?? 240);

const ONE_HOUR_MS = 3_600_000;

const suites = REPLAY === undefined ? (SUITE?.split(',') ?? SHORT_FORM) : [];

// `MODEL` lines are for `npm run test:model`.
it.each(suites)(
	'%s: the invariants hold after any sequence',
	async (suite) => {
		const options = {
			runs: RUNS,
			seed: SEED,
			limitS: LIMIT_S,
			ignored: IGNORE === undefined ? undefined : new RegExp(IGNORE),
		};
		const { failure, ...explored } = await explore(suite, options);
		const breached = [...new Set(failure?.breaches.map(({ invariant }) => invariant))];
		if (SUITE !== undefined) {
			process.stdout.write(
				`MODEL ${JSON.stringify({ suite, seed: SEED, breached, ...explored })}\n`,
			);
		}
		expect(failure?.report ?? '').toBe('');
	},
	ONE_HOUR_MS,
);

if (REPLAY !== undefined) {
	it('a sequence to be played again', async () => {
		const suite = SUITE ?? 'plain';
		const isN8nV1 = parseSuites(suite).has('v1');
		const played = await play(parseSteps(REPLAY), { seed: SEED, isN8nV1 });
		process.stdout.write(`${report(played, { suite, seed: SEED })}\n`);
		expect(played.world.breaches).toEqual([]);
	});
}
