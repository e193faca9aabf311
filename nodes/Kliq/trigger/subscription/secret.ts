import { createHmac } from 'crypto';
import type { INode } from 'n8n-workflow';

import type { KliqCredentials } from '../../transport/credentials';

/** Makes the derived secret differ from any other HMAC under the same API key. */
const DERIVATION_LABEL = 'n8n-nodes-kliq/trigger-signing-secret/v1';

/** Makes the key ID differ from any other HMAC under the same API key. */
const ID_LABEL = 'n8n-nodes-kliq/key-id/v1';

/** 48 bits: enough to tell secrets apart, too few to check guesses of a weak one by. */
const KEY_ID_LENGTH = 12;

/**
 * The secret of a trigger's subscription: the credential's, else one derived from the API key and the
 * node's webhook ID. n8n gives every webhook node such an ID, and a copied node another one.
 */
export function signingSecretOf(
	{ apiKey, signingSecret }: Pick<KliqCredentials, 'apiKey' | 'signingSecret'>,
	{ webhookId, id }: INode,
): string {
	return signingSecret ?? deriveSecret(apiKey, webhookId ?? id);
}

/**
 * Derives a trigger's signing secret: HMAC-SHA256 under the API key, in hex, with KLIQ's prefix. Each
 * process computes the same one, so it is stored nowhere.
 *
 * @param triggerId what tells the trigger from all others and stays with it
 */
export const deriveSecret = (apiKey: string, triggerId: string) =>
	`whsec_${hmac(apiKey, DERIVATION_LABEL, triggerId)}`;

/**
 * The key ID of a signing secret: changes with the secret and does not disclose it. Keyed with the API
 * key: a weak secret could be guessed from a plain hash.
 *
 * @returns 12 hex digits
 */
export const keyIdOf = (apiKey: string, secret: string) =>
	hmac(apiKey, ID_LABEL, secret).slice(0, KEY_ID_LENGTH);

/** JSON, so that the parts cannot run into each other. */
const hmac = (key: string, ...parts: string[]) =>
	createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
