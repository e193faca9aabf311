import fc from 'fast-check';

import { faultsOf } from './faults';
import { Step } from './step';
import type { Suite } from './suiteNames';
import { HOUR, MINUTE, SECOND } from './time';

/** A command's words, each one of several. */
type Words = Array<string | string[]>;

const WORKFLOWS = ['0', '1'];
const TRIGGERS = ['0', '1', '2'];

const WAITS = [
	0,
	200,
	3 * SECOND,
	15 * SECOND,
	45 * SECOND,
	3 * MINUTE,
	11 * MINUTE,
	65 * MINUTE,
	HOUR + 45 * MINUTE,
];

/** The commands of every suite, with their weights. */
const ALWAYS: Array<[number, Words]> = [
	[5, ['publish', WORKFLOWS]],
	[3, ['unpublish', WORKFLOWS]],
	[2, ['edit', WORKFLOWS, ['0', '1']]],
	[1, ['import-again', WORKFLOWS]],
	[2, ['kill']],
	[3, ['start']],
	[2, ['restart']],
	[1, ['leader']],
	[4, ['heal']],
	[1, ['wait']],
	[1, ['switch-off', TRIGGERS]],
	[1, ['remove', TRIGGERS]],
];

const OF_SUITE: Partial<Record<Suite, Array<[number, Words]>>> = {
	lag: [[3, ['lag', ['0', '2', '5', '9', '20', '30']]]],
	list: [
		[3, ['list', ['as-sent', 'slash', 'no-query', 'hidden']]],
		[1, ['cursor', ['ends', 'repeats']]],
	],
	cred: [
		[3, ['key', ['0', '1']]],
		[3, ['secret', ['derived', 'own', 'other']]],
		[2, ['tenant', ['0', '1']]],
	],
	url: [[5, ['move', ['0', '1', '2'], ['leads-here', 'leads-nowhere']]]],
	hand: [
		[3, ['switch-off', TRIGGERS]],
		[3, ['remove', TRIGGERS]],
		[2, ['double', TRIGGERS]],
		[2, ['other-events', TRIGGERS]],
		[2, ['make-anew', TRIGGERS]],
	],
	static: [
		[3, ['static', TRIGGERS, ['lost', 'old']]],
		[2, ['publish-offline', WORKFLOWS]],
	],
	deletes: [[3, ['deletes', ['at-once', 'never', 'late']]]],
	copies: [
		[4, ['copy']],
		[2, ['copy-unpublish', WORKFLOWS]],
		[1, ['copy-edit', WORKFLOWS, ['0', '1']]],
		[2, ['copy-restart']],
		[1, ['copy-kill']],
		[1, ['twin']],
	],
};

/** Commands of suites, with the time after each. */
export function stepsOf(suites: ReadonlySet<Suite>): fc.Arbitrary<Step> {
	const areAnswersLost = suites.has('lost');
	const faults = (['GET', 'POST', 'DELETE'] as const).map((method): [number, Words] => [
		areAnswersLost && method !== 'GET' ? 4 : 2,
		['fault', method, faultsOf(method, { areAnswersLost })],
	]);
	const more = [...suites].flatMap((suite) => OF_SUITE[suite] ?? []);
	return fc.oneof(
		...[...ALWAYS, ...faults, ...more].map(([weight, words]) => ({
			weight,
			arbitrary: stepOf(words),
		})),
	);
}

function stepOf([name, ...words]: Words): fc.Arbitrary<Step> {
	const args = words.map((word) => fc.constantFrom(...[word].flat()));
	return fc
		.tuple(fc.tuple(...args), fc.constantFrom(...WAITS))
		.map(([chosen, waitMs]) => new Step(String(name), chosen, waitMs));
}
