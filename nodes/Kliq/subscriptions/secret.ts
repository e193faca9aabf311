import { createHmac, randomBytes } from 'crypto';

/** Makes the derived secret differ from any other HMAC under the same API key. */
const DERIVATION_LABEL = 'n8n-nodes-kliq/trigger-signing-secret/v1';

const FINGERPRINT_LABEL = 'n8n-nodes-kliq/secret-fingerprint/v1';

/** A new signing secret: 32 random bytes in hex, with KLIQ's prefix `whsec_`. */
export const generateSecret = () => `whsec_${randomBytes(32).toString('hex')}`;

/**
 * Derives a trigger's signing secret: HMAC-SHA256 under the API key, in hex, with KLIQ's prefix. Each
 * process computes the same one, so it is stored nowhere.
 *
 * @param triggerId what tells the trigger from all others and stays with it
 */
export const deriveSecret = (apiKey: string, triggerId: string) =>
	`whsec_${hmac(apiKey, DERIVATION_LABEL, triggerId)}`;

/**
 * A text that changes with the secret and does not disclose it. Keyed with the API key: a weak secret
 * could be guessed from a plain hash.
 */
export const fingerprintOf = (secret: string, apiKey: string) =>
	hmac(apiKey, FINGERPRINT_LABEL, secret);

/** JSON, so that the parts cannot run into each other. */
const hmac = (key: string, ...parts: string[]) =>
	createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
