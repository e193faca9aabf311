import { describe, expect, it } from '@jest/globals';

import { hasEvents, isActive } from '../../nodes/Kliq/subscriptions/compare';

const subscription = { id: 'wh_1', url: 'https://n8n.example.com/webhook/1', events: [] };

describe('isActive', () => {
	it.each([
		[{}],
		[{ active: true }],
		[{ enabled: true }],
		[{ disabled: false }],
		[{ status: 'active' }],
		[{ status: 'ACTIVE' }],
		[{ status: null }],
		[{ status: '' }],
		[{ status: 'ok' }],
		[{ status: 7 }],
	])('counts %j as active', (told) => expect(isActive({ ...subscription, ...told })).toBe(true));

	it.each([
		[{ active: false }],
		[{ enabled: false }],
		[{ disabled: true }],
		[{ status: 'disabled' }],
		[{ status: ' Paused ' }],
		[{ active: true, status: 'failed' }],
	])('counts %j as disabled', (told) => expect(isActive({ ...subscription, ...told })).toBe(false));
});

describe('hasEvents', () => {
	const asking = (events: unknown) => ({ ...subscription, events: events as string[] });

	it('does not mind order or repetition', () => {
		expect(hasEvents(asking(['a', 'b', 'a']), ['b', 'a'])).toBe(true);
	});

	it.each([[['a']], [['a', 'b', 'c']], [['a', 'c']], [[]]])('finds %j unlike a and b', (events) =>
		expect(hasEvents(asking(events), ['a', 'b'])).toBe(false),
	);

	it.each([[undefined], [null], ['a,b'], [[{ type: 'c' }]], [['a', 7]]])(
		'counts %j, a form that nobody knows, as a and b',
		(events) => expect(hasEvents(asking(events), ['a', 'b'])).toBe(true),
	);
});
