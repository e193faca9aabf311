import { describe, expect, it } from '@jest/globals';

import {
	isSameAddress,
	isSameTriggerElsewhere,
	keyIdIn,
	subscriptionUrl,
} from '../../nodes/Kliq/trigger/subscription/subscriptionUrl';

const ADDRESS = 'https://n8n.example.com/webhook/5d0c/webhook';

it('a subscription’s URL is the webhook URL with the key ID, which can be read again', () => {
	const url = subscriptionUrl(ADDRESS, '0123456789ab');
	expect(url).toBe(`${ADDRESS}?kid=0123456789ab`);
	expect(keyIdIn(url)).toBe('0123456789ab');
	expect(isSameAddress(url, ADDRESS)).toBe(true);
});

describe('keyIdIn', () => {
	it.each([
		[`${ADDRESS}?kid=0123456789ab/`, '0123456789ab'],
		[`${ADDRESS}?a=1&kid=0123456789ab`, '0123456789ab'],
		[ADDRESS, undefined],
		[`${ADDRESS}?kid=`, undefined],
		[`${ADDRESS}?kid=0123456789AB`, undefined],
		[`${ADDRESS}?kid=x0123456789ab`, undefined],
		['no URL', undefined],
		[undefined, undefined],
		[{}, undefined],
	])('of %s is %s', (url, keyId) => {
		expect(keyIdIn(url)).toBe(keyId);
	});
});

describe('isSameAddress', () => {
	it.each([ADDRESS, `${ADDRESS}/`, `${ADDRESS}?a=1#b`, ADDRESS.replace('n8n', 'N8N')])(
		'is true for %s',
		(url) => {
			expect(isSameAddress(url, ADDRESS)).toBe(true);
			expect(isSameTriggerElsewhere(url, ADDRESS)).toBe(false);
		},
	);

	it.each([
		`${ADDRESS}/2`,
		ADDRESS.replace('https', 'http'),
		ADDRESS.replace('.com', '.com:5678'),
		ADDRESS.toUpperCase(),
		undefined,
	])('is false for %s', (url) => {
		expect(isSameAddress(url, ADDRESS)).toBe(false);
	});

	it('is false for two that are no URLs', () => {
		expect(isSameAddress('same', 'same')).toBe(false);
	});
});

describe('isSameTriggerElsewhere', () => {
	it.each([
		'http://n8n.example.com/webhook/5d0c/webhook?kid=0123456789ab',
		'https://other.example.com/n8n/webhook/5d0c/webhook/',
	])('is true for %s', (url) => {
		expect(isSameTriggerElsewhere(url, ADDRESS)).toBe(true);
	});

	it.each([
		'https://other.example.com/webhook-test/5d0c/webhook',
		'https://other.example.com/webhook/5d0d/webhook',
		'https://other.example.com/5d0c/webhook',
		'https://other.example.com/',
		'no URL',
	])('is false for %s', (url) => {
		expect(isSameTriggerElsewhere(url, ADDRESS)).toBe(false);
	});
});
