import { describe, expect, it } from '@jest/globals';

import {
	diagnose,
	type Diagnosis,
	type Expectation,
} from '../../nodes/Kliq/trigger/healthDiagnosis';
import type { Subscription } from '../../nodes/Kliq/types';

const URL = 'https://n8n.example.com/webhook/1/webhook';
const EARLIER_URL = 'https://old.example.com/webhook/1/webhook';
const EVENTS = ['cv.job.completed', 'cv.job.failed'];

/** An active subscription of the trigger's. */
const listed = (more: object = {}) => ({ id: 'ours', url: URL, events: EVENTS, ...more });

const foreign = listed({ id: 'foreign', url: 'https://elsewhere.example.com/' });

const expected = (more: Partial<Expectation> = {}): Expectation => ({
	url: URL,
	events: EVENTS,
	fingerprint: 'right',
	known: { id: 'ours', url: URL, fingerprint: 'right' },
	ownIds: new Set(['ours']),
	deletedIds: new Set(),
	...more,
});

/** What a process expects that remembers nothing but this. */
const remembering = (known: Expectation['known'], more: Partial<Expectation> = {}) =>
	expected({ known, ownIds: new Set(known && [known.id]), ...more });

const healthy = (id = 'ours'): Diagnosis => ({
	kind: 'healthy',
	subscription: { id, url: URL, fingerprint: 'right' },
});

const surplus = (...otherIds: string[]): Diagnosis => ({
	kind: 'surplus',
	subscription: { id: 'ours', url: URL, fingerprint: 'right' },
	otherIds,
});

type Defective = Extract<Diagnosis, { kind: 'defective' }>;

const defective = (defect: Defective['defect'], ...ids: string[]): Diagnosis => ({
	kind: 'defective',
	defect,
	ids,
});

type Case = [what: string, list: object[], expectation: Expectation, diagnosis: Diagnosis];

const cases: Record<string, Case[]> = {
	'one subscription': [
		['in order', [foreign, listed()], expected(), healthy()],
		[
			'with events in another order',
			[listed({ events: [...EVENTS].reverse() })],
			expected(),
			healthy(),
		],
		[
			'with events in an unknown form',
			[listed({ events: [{ type: 'a' }] })],
			expected(),
			healthy(),
		],
		['without events', [listed({ events: undefined })], expected(), healthy()],
		[
			'for fewer events',
			[listed({ events: EVENTS.slice(1) })],
			expected(),
			defective('events', 'ours'),
		],
		[
			'made with another secret',
			[listed()],
			remembering({ id: 'ours', url: URL, fingerprint: 'old' }),
			defective('secret', 'ours'),
		],
		[
			'made with a secret that nobody remembers',
			[listed()],
			remembering({ id: 'ours', url: URL }),
			defective('unknownSecret', 'ours'),
		],
		[
			'that nobody remembers',
			[listed()],
			remembering(undefined),
			defective('unknownSecret', 'ours'),
		],
		[
			'that a health check before the restart made with the same secret',
			[listed({ id: 'newer' })],
			expected(),
			healthy('newer'),
		],
		[
			'that a health check before the restart made with another secret',
			[listed({ id: 'newer' })],
			remembering({ id: 'ours', url: URL, fingerprint: 'old' }),
			defective('unknownSecret', 'newer'),
		],
		[
			'that is off and for other events',
			[listed({ active: false, events: [] })],
			expected(),
			defective('inactive', 'ours'),
		],
	],
	'no subscription': [
		['in an empty list', [], expected(), defective('missing')],
		['among others’', [foreign], expected(), defective('missing')],
		[
			'but a deleted one that the list still shows',
			[listed({ id: 'deleted' }), foreign],
			expected({ deletedIds: new Set(['deleted']) }),
			defective('missing'),
		],
	],
	'a list that writes our URL another way': [
		[
			'upper-case host and default port',
			[listed({ url: URL.replace('n8n.example.com', 'N8N.example.com:443') })],
			remembering(undefined, { known: { id: 'gone', fingerprint: 'right' } }),
			healthy(),
		],
		['a slash more', [listed({ url: `${URL}/` })], expected(), healthy()],
		['no URL', [listed({ url: undefined })], expected(), healthy()],
		[
			'no URL, and it is off',
			[listed({ url: undefined, status: 'paused' })],
			expected(),
			defective('inactive', 'ours'),
		],
		[
			'no URL, and nobody remembers the ID',
			[listed({ url: undefined })],
			remembering(undefined),
			defective('missing'),
		],
	],
	'an earlier URL': [
		[
			'by its ID',
			[listed({ url: EARLIER_URL })],
			expected({ known: { id: 'ours', url: EARLIER_URL, fingerprint: 'right' } }),
			defective('address', 'ours'),
		],
		[
			'by the URL alone',
			[listed({ id: 'newer', url: EARLIER_URL })],
			expected({ previousUrl: EARLIER_URL }),
			defective('address', 'newer'),
		],
		[
			'is another trigger’s, unless we have still to move',
			[listed({ id: 'newer', url: EARLIER_URL })],
			expected(),
			defective('missing'),
		],
	],
	'several subscriptions': [
		[
			'with ours',
			[listed({ id: 'a' }), listed(), listed({ id: 'b' }), foreign],
			expected(),
			surplus('a', 'b'),
		],
		[
			'with ours and a deleted one that the list still shows',
			[listed(), listed({ id: 'a' })],
			expected({ deletedIds: new Set(['a']) }),
			healthy(),
		],
		[
			'with ours and a former one of ours elsewhere',
			[listed(), listed({ id: 'a', url: 'https://x.example.com/' })],
			expected({ ownIds: new Set(['ours', 'a']) }),
			surplus('a'),
		],
		[
			'without ours',
			[listed({ id: 'a' }), listed({ id: 'b' })],
			expected(),
			defective('doubled', 'a', 'b'),
		],
		[
			'of which ours is off',
			[listed({ active: false }), listed({ id: 'a' })],
			expected(),
			defective('inactive', 'ours', 'a'),
		],
		[
			'that are all off',
			[listed({ active: false }), listed({ id: 'a', active: false })],
			expected(),
			defective('inactive', 'ours', 'a'),
		],
		[
			'with ours, whose secret has changed',
			[listed(), listed({ id: 'a' })],
			remembering({ id: 'ours', url: URL, fingerprint: 'old' }),
			defective('secret', 'ours', 'a'),
		],
		[
			'with ours, which is off, and one for other events',
			[listed({ active: false }), listed({ id: 'a', events: ['visit.submitted'] })],
			expected(),
			defective('inactive', 'ours', 'a'),
		],
		[
			'without ours, each wrong in another way',
			[listed({ id: 'a', active: false }), listed({ id: 'b', events: ['visit.submitted'] })],
			expected(),
			defective('doubled', 'a', 'b'),
		],
		[
			'without ours, all off',
			[listed({ id: 'a', active: false }), listed({ id: 'b', active: false })],
			expected(),
			defective('inactive', 'a', 'b'),
		],
		[
			'without ours, of which one is off',
			[listed({ id: 'a', active: false }), listed({ id: 'b' })],
			expected(),
			defective('inactive', 'a', 'b'),
		],
		[
			'while nobody remembers any',
			[listed({ id: 'a' }), listed({ id: 'b' })],
			remembering(undefined),
			defective('unknownSecret', 'a', 'b'),
		],
	],
};

describe.each(Object.entries(cases))('%s', (_name, table) => {
	it.each(table)('%s', (_what, list, expectation, diagnosis) => {
		expect(diagnose(list as Subscription[], expectation)).toEqual(diagnosis);
	});
});

describe('what a list may say of a subscription', () => {
	it.each([
		{ active: false },
		{ enabled: false },
		{ disabled: true },
		{ active: true, status: 'disabled' },
		...['disabled', 'INACTIVE', 'paused', 'suspended', 'failed', 'deactivated', 'expired'].map(
			(status) => ({ status }),
		),
	])('is that it is off: %j', (told) => {
		expect(diagnose([listed(told)] as Subscription[], expected())).toEqual(
			defective('inactive', 'ours'),
		);
	});

	it.each([
		{},
		{ active: true },
		{ active: null },
		{ enabled: 0 },
		{ disabled: false },
		{ disabled: 'no' },
		...['active', 'ok', '', 'degraded', 'verifying', 7, null].map((status) => ({ status })),
		{ state: 'off' },
	])('is not for certain that it is off: %j', (told) => {
		expect(diagnose([listed(told)] as Subscription[], expected())).toEqual(healthy());
	});
});
