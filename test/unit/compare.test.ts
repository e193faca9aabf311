import { describe, expect, it } from '@jest/globals';

import { hasEvents, isActive, isSameUrl } from '../../nodes/Kliq/subscriptions/compare';
import { generateSecret } from '../../nodes/Kliq/subscriptions/secret';

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
	])('counts %j as active', (told) => expect(isActive({ ...subscription, ...told })).toBe(true));

	it.each([
		[{ active: false }],
		[{ enabled: false }],
		[{ disabled: true }],
		[{ status: 'disabled' }],
		[{ status: 'paused' }],
		[{ active: true, status: 'failed' }],
	])('counts %j as disabled', (told) => expect(isActive({ ...subscription, ...told })).toBe(false));
});

describe('hasEvents', () => {
	const asking = (events: unknown) => ({ ...subscription, events: events as string[] });

	it('does not mind order or repetition', () => {
		expect(hasEvents(asking(['a', 'b', 'a']), ['b', 'a'])).toBe(true);
	});

	it.each([[['a']], [['a', 'b', 'c']], [['a', 'c']], [[]], [undefined], ['a,b']])(
		'finds %j unlike a and b',
		(events) => expect(hasEvents(asking(events), ['a', 'b'])).toBe(false),
	);
});

describe('isSameUrl', () => {
	it('does not mind how scheme, host and default port are written', () => {
		expect(isSameUrl('HTTPS://N8N.example.com:443/a', 'https://n8n.example.com/a')).toBe(true);
	});

	it.each([
		['https://n8n.example.com/a', 'https://n8n.example.com/a/'],
		['https://n8n.example.com/a', 'http://n8n.example.com/a'],
		['https://n8n.example.com/a', 'https://n8n.example.com/A'],
		['https://n8n.example.com/a', 'https://n8n.example.com/a?b'],
		['https://n8n.example.com/a', undefined],
	])('keeps %s and %s apart', (one, other) => expect(isSameUrl(one, other)).toBe(false));
});

describe('generateSecret', () => {
	it('is 32 random bytes in KLIQ’s notation, never the same', () => {
		const secrets = Array.from({ length: 100 }, generateSecret);
		for (const secret of secrets) expect(secret).toMatch(/^whsec_[0-9a-f]{64}$/);
		expect(new Set(secrets).size).toBe(100);
	});
});
