import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';

import { deriveSecret, fingerprintOf, generateSecret } from '../../nodes/Kliq/subscriptions/secret';
import { signingSecretOf } from '../../nodes/Kliq/trigger/signingSecret';

const WHSEC = /^whsec_[0-9a-f]{64}$/;

describe('generateSecret', () => {
	it('is 32 random bytes in KLIQ’s notation, never the same', () => {
		const secrets = Array.from({ length: 100 }, generateSecret);
		for (const secret of secrets) expect(secret).toMatch(WHSEC);
		expect(new Set(secrets).size).toBe(100);
	});
});

describe('deriveSecret', () => {
	it('stays as it is from version to version: processes of several versions share a trigger', () => {
		expect(deriveSecret('kliq_live_1', 'id_1')).toBe(
			'whsec_4251117281a0d8831275f0e8290d1b3fd9c20329ffa81ab9e841236821134457',
		);
	});

	it('differs by API key and by trigger', () => {
		const secrets = [
			deriveSecret('key', 'id'),
			deriveSecret('key2', 'id'),
			deriveSecret('key', '2id'),
			deriveSecret('key', 'id2'),
			deriveSecret('id', 'key'),
		];
		for (const secret of secrets) expect(secret).toMatch(WHSEC);
		expect(new Set(secrets).size).toBe(secrets.length);
	});
});

describe('signingSecretOf', () => {
	const node = { id: 'node_1', webhookId: 'id_1' } as INode;

	it('is derived from the API key and the node’s webhook ID', () => {
		expect(signingSecretOf({ apiKey: 'key' }, node)).toBe(deriveSecret('key', 'id_1'));
		expect(signingSecretOf({ apiKey: 'key' }, { ...node, id: 'node_2' })).toBe(
			deriveSecret('key', 'id_1'),
		);
	});

	it('is derived from the node’s ID where n8n gave it no webhook ID', () => {
		const { webhookId, ...bare } = node;
		expect(webhookId).toBeDefined();
		expect(signingSecretOf({ apiKey: 'key' }, bare)).toBe(deriveSecret('key', 'node_1'));
	});

	it('is the credential’s Signing Secret where that is filled in', () => {
		const credential = { apiKey: 'key', signingSecret: 'whsec_shared' };
		expect(signingSecretOf(credential, node)).toBe('whsec_shared');
	});
});

describe('fingerprintOf', () => {
	it('differs by secret and by API key, and is the same for the same', () => {
		const ofOne = fingerprintOf('whsec_1', 'key');
		expect(fingerprintOf('whsec_1', 'key')).toBe(ofOne);
		expect(fingerprintOf('whsec_2', 'key')).not.toBe(ofOne);
		expect(fingerprintOf('whsec_1', 'key2')).not.toBe(ofOne);
	});

	it('discloses neither the secret nor the API key', () => {
		const secret = deriveSecret('key', 'id_1');
		const fingerprint = fingerprintOf(secret, 'key');
		expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
		expect(fingerprint).not.toBe(secret.replace('whsec_', ''));
		// Who knows a weak secret of other users cannot find it by hashing guesses.
		expect(fingerprint).not.toBe(createHash('sha256').update(secret).digest('hex'));
	});
});
