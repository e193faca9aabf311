import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
	isInOrder,
	planSubscription,
	type Plan,
	type Reason,
	type Remembered,
} from '../../nodes/Kliq/trigger/subscription/plan';
import type { Subscription } from '../../nodes/Kliq/types';

const PATH = '/webhook/5d0c1f5e-6c1d-4f7c-9f1e-0b7a7c1f2a3b/webhook';
const ADDRESS = `https://n8n.example.com${PATH}`;
const RIGHT = `${ADDRESS}?kid=0123456789ab`;
const OTHER_KEY = `${ADDRESS}?kid=ba9876543210`;
const ELSEWHERE = `https://old.example.com${PATH}?kid=0123456789ab`;
const EVENTS = ['cv.job.completed', 'cv.job.failed'];

const desired = {
	webhookUrl: ADDRESS,
	subscription: { url: RIGHT, events: EVENTS, secret: 'whsec_1' },
};

/** A right subscription, but for what is given. */
const listed = (more: object = {}) =>
	({ id: 'wh_1', url: RIGHT, events: EVENTS, active: true, ...more }) as unknown as Subscription;

const foreign = [
	listed({ id: 'foreign1', url: 'https://elsewhere.example.com/' }),
	listed({ id: 'foreign2', url: `${ADDRESS}/2` }),
	listed({ id: 'foreign3', url: ADDRESS.replace('/webhook/', '/webhook-test/') }),
	listed({ id: 'foreign4', url: 'https://n8n.example.com/webhook/another/webhook' }),
];

const remembers = (id: string, url = RIGHT): Remembered => ({ id, url });

const keeps = (keep: string, ...remove: string[]): Plan => ({ keep, remove, elsewhere: [] });

const creates = (create: Reason, ...remove: string[]): Plan => ({ create, remove, elsewhere: [] });

type Case = [what: string, list: Subscription[], memory: Remembered[], plan: Plan];

const cases: Record<string, Case[]> = {
	'one subscription': [
		['in order', [listed()], [], keeps('wh_1')],
		['in order, with another one remembered', [listed()], [remembers('wh_0')], keeps('wh_1')],
		[
			'with events in another order',
			[listed({ events: [...EVENTS].reverse() })],
			[],
			keeps('wh_1'),
		],
		['with events in an unknown form', [listed({ events: [{ type: 'a' }] })], [], keeps('wh_1')],
		['with an unknown status', [listed({ active: undefined, status: 'ok' })], [], keeps('wh_1')],
		['with a slash after the key ID', [listed({ url: `${RIGHT}/` })], [], keeps('wh_1')],
		['with a slash after the path', [listed({ url: RIGHT.replace('?', '/?') })], [], keeps('wh_1')],
		[
			'with its host in capitals',
			[listed({ url: RIGHT.replace('n8n', 'N8N') })],
			[],
			keeps('wh_1'),
		],
		['with a number for an ID', [listed({ id: 7 })], [], keeps('7')],
		['off', [listed({ active: false })], [], creates('off', 'wh_1')],
		[
			'off, with another key',
			[listed({ url: OTHER_KEY, enabled: false })],
			[],
			creates('off', 'wh_1'),
		],
		['for fewer events', [listed({ events: EVENTS.slice(1) })], [], creates('events', 'wh_1')],
		['with another key ID', [listed({ url: OTHER_KEY })], [], creates('credential', 'wh_1')],
		[
			'with another key ID than is remembered',
			[listed({ url: OTHER_KEY })],
			[remembers('wh_1')],
			creates('credential', 'wh_1'),
		],
		['without a key ID', [listed({ url: ADDRESS })], [], creates('unknown', 'wh_1')],
		[
			'with half a key ID',
			[listed({ url: `${ADDRESS}?kid=012345` })],
			[],
			creates('unknown', 'wh_1'),
		],
		[
			'without a key ID, and another one remembered',
			[listed({ url: ADDRESS })],
			[remembers('wh_0')],
			creates('unknown', 'wh_1', 'wh_0'),
		],
	],
	'a list that drops queries or hides URLs': [
		['of the remembered one', [listed({ url: ADDRESS })], [remembers('wh_1')], keeps('wh_1')],
		[
			'of the remembered one, hidden',
			[listed({ url: undefined })],
			[remembers('wh_1')],
			keeps('wh_1'),
		],
		[
			'of the remembered one, with another key',
			[listed({ url: ADDRESS })],
			[remembers('wh_1', OTHER_KEY)],
			creates('credential', 'wh_1'),
		],
		[
			'of none that is remembered, hidden',
			[listed({ url: undefined })],
			[remembers('wh_0')],
			creates('unknown', 'wh_0'),
		],
		[
			'of the remembered one beside another',
			[listed({ id: 'wh_0', url: ADDRESS }), listed({ url: ADDRESS })],
			[remembers('wh_1')],
			keeps('wh_1', 'wh_0'),
		],
	],
	'several subscriptions': [
		['both right', [listed({ id: 'wh_2' }), listed()], [remembers('wh_2')], keeps('wh_1', 'wh_2')],
		['one right', [listed({ id: 'wh_0', active: false }), listed()], [], keeps('wh_1', 'wh_0')],
		[
			'none right',
			[listed({ id: 'wh_0', url: OTHER_KEY }), listed({ url: ADDRESS })],
			[],
			creates('credential', 'wh_0', 'wh_1'),
		],
		[
			'one of them off',
			[listed({ active: false }), listed({ id: 'wh_2', url: ADDRESS })],
			[],
			creates('off', 'wh_1', 'wh_2'),
		],
		['one off without an ID', [listed({ id: '', active: false }), listed()], [], keeps('wh_1')],
		['one right without an ID', [listed({ id: null }), listed()], [], keeps('wh_1')],
	],
	'no subscription': [
		['at all', [], [], creates('first')],
		['but the remembered one is not listed', [], [remembers('wh_1')], creates('gone', 'wh_1')],
		[
			'but one with another key is remembered',
			[],
			[remembers('wh_1', OTHER_KEY)],
			creates('credential', 'wh_1'),
		],
		['but one is remembered elsewhere', [], [remembers('wh_1', ELSEWHERE)], creates('moved')],
	],
};

describe.each(Object.entries(cases))('%s', (_kind, rows) => {
	it.each(rows)('%s', (_what, list, memory, plan) => {
		expect(planSubscription(desired, [...foreign, ...list], memory)).toEqual(plan);
		expect(planSubscription(desired, [...list, ...foreign], memory)).toEqual(plan);
	});
});

describe('subscriptions of the same trigger at another address', () => {
	it.each<[string, Subscription, Remembered[]]>([
		['by the path', listed({ url: ELSEWHERE }), []],
		['by the path, below a folder', listed({ url: `https://old.example.com/n8n${PATH}` }), []],
		[
			'by the remembered URL',
			listed({ url: 'https://a.example.com/x' }),
			[remembers('wh_9', 'https://a.example.com/x?kid=0')],
		],
		[
			'by the remembered ID',
			listed({ url: undefined }),
			[remembers('wh_1', 'https://a.example.com/x')],
		],
	])('are found %s, and never among what is to be deleted', (_how, elsewhere, memory) => {
		const list = [elsewhere, ...foreign];
		expect(planSubscription(desired, list, memory)).toMatchObject({
			remove: [],
			elsewhere: [elsewhere],
		});
		expect(planSubscription({ webhookUrl: ADDRESS }, list, memory)).toMatchObject({ remove: [] });
	});
});

describe('a trigger that desires none', () => {
	const none = { webhookUrl: ADDRESS };

	it('removes what has its URL, whatever the key ID, and what it remembers there', () => {
		const list = [
			listed(),
			listed({ id: 'wh_2', url: ADDRESS }),
			listed({ id: 'wh_3', url: OTHER_KEY }),
		];
		const memory = [remembers('wh_0'), remembers('wh_1'), remembers('wh_9', ELSEWHERE)];
		expect(planSubscription(none, [...foreign, ...list], memory)).toEqual({
			remove: ['wh_1', 'wh_2', 'wh_3', 'wh_0'],
			elsewhere: [],
		});
	});
});

const ids = ['wh_1', 'wh_2', 'wh_3', 'wh_4'];
const anySubscription = fc.record({
	id: fc.constantFrom(...ids),
	url: fc.constantFrom(RIGHT, OTHER_KEY, ADDRESS, ELSEWHERE, undefined),
	events: fc.constantFrom(EVENTS, ['visit.submitted']),
	active: fc.boolean(),
});
const anyList = fc.uniqueArray(anySubscription, { selector: ({ id }) => id });
const anyMemory = fc.array(
	fc.record({
		id: fc.constantFrom(...ids),
		url: fc.constantFrom(RIGHT, OTHER_KEY, ELSEWHERE),
	}),
	{ maxLength: 2 },
);

/** What KLIQ lists after a plan was applied. */
const applied = (list: Subscription[], { create, remove }: Plan) => [
	...list.filter(({ id }) => !remove.includes(id)),
	...(create === undefined ? [] : [listed({ id: 'wh_5' })]),
];

describe('any list and memory', () => {
	it('is in order after one plan', () => {
		fc.assert(
			fc.property(anyList, anyMemory, (list, memory) => {
				const subscriptions = list as unknown as Subscription[];
				const plan = planSubscription(desired, subscriptions, memory);
				expect(plan.keep === undefined).toBe(plan.create !== undefined);
				expect(isInOrder(planSubscription(desired, applied(subscriptions, plan), memory))).toBe(
					true,
				);
			}),
		);
	});

	it('leaves what has another address, and what is kept', () => {
		fc.assert(
			fc.property(anyList, anyMemory, (list, memory) => {
				const subscriptions = list as unknown as Subscription[];
				const { keep, remove } = planSubscription(desired, subscriptions, memory);
				expect(remove).not.toContain(keep);
				for (const { id, url } of list) {
					const isRemembered = memory.some((each) => each.id === id);
					if (url === ELSEWHERE && !isRemembered) expect(remove).not.toContain(id);
				}
			}),
		);
	});

	it('is planned alike by two n8n that remember nothing', () => {
		fc.assert(
			fc.property(anyList, (list) => {
				const subscriptions = list as unknown as Subscription[];
				const { keep } = planSubscription(desired, subscriptions, []);
				expect(planSubscription(desired, [...subscriptions].reverse(), []).keep).toBe(keep);
			}),
		);
	});
});
