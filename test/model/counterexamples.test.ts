import { expect, it, jest } from '@jest/globals';

import { COUNTEREXAMPLES } from './counterexamples';
import { play } from './play';
import { parseSteps } from './step';

jest.mock('n8n-workflow', () => jest.requireActual('./n8nWorkflow'));

it.each(COUNTEREXAMPLES)('$name', async ({ steps, isN8nV1 = false, seed = 1, told, made }) => {
	const { world } = await play(parseSteps(steps), { seed, isN8nV1 });
	const [{ triggers }] = world.original.workflows;
	const ofFirst = <T extends { trigger: unknown }>(all: T[]) =>
		all.filter(({ trigger }) => trigger === triggers[0]);
	const messages = ofFirst(world.causes.told).map(({ message }) => message);
	const seen = { breaches: world.breaches, told: messages, made: ofFirst(world.made).length };
	expect(seen).toEqual({
		breaches: [],
		told: told === undefined ? messages : Array.from({ length: told }, () => expect.any(String)),
		made: made ?? seen.made,
	});
});
