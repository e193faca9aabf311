import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';

import {
	deriveSecret,
	keyIdOf,
	signingSecretOf,
} from '../../nodes/Kliq/trigger/subscription/secret';

const WHSEC = /^whsec_[0-9a-f]{64}$/;

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

describe('keyIdOf', () => {
	it('stays as it is from version to version: KLIQ holds it in URLs', () => {
		expect(keyIdOf('kliq_live_1', 'whsec_1')).toBe(
			createHmac('sha256', 'kliq_live_1')
				.update('["n8n-nodes-kliq/key-id/v1","whsec_1"]')
				.digest('hex')
				.slice(0, 12),
		);
	});

	it('differs by secret and by API key', () => {
		const keyIds = [
			keyIdOf('key', 'whsec_1'),
			keyIdOf('key', 'whsec_2'),
			keyIdOf('key2', 'whsec_1'),
		];
		expect(new Set(keyIds).size).toBe(keyIds.length);
	});

	it('is neither a part of the secret, nor of a hash by which a weak secret could be guessed', () => {
		const secret = deriveSecret('key', 'id_1');
		const keyId = keyIdOf('key', secret);
		expect(secret).not.toContain(keyId);
		expect(createHash('sha256').update(secret).digest('hex')).not.toContain(keyId);
	});
});
