import type { IHookFunctions, INode, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';

import { deriveSecret } from '../subscriptions/secret';
import { CREDENTIAL_NAME, toKliqCredentials, type KliqCredentials } from '../transport/credentials';
import { monotonicNow } from '../utils/monotonicClock';
import { verifySignature } from './signature';

/** A signature that does not fit causes at most one reading of the credential in this time. */
const MIN_READ_INTERVAL_MS = 30_000;

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

/** The secrets of one trigger that this process has in memory. */
class SecretCache {
	/** The secret that the newest verified event was signed with. */
	private verified?: string;

	/** The secret by the newest reading of the credential. KLIQ may not sign with it yet. */
	latest?: string;

	private readAt = -Infinity;

	private reading?: Promise<void>;

	/** Verifies with what is in memory; if nothing fits, with the credential as it is now. */
	async verify(context: IWebhookFunctions, rawBody: unknown, signature: unknown): Promise<boolean> {
		if (this.fits(rawBody, signature)) return true;
		if (monotonicNow() - this.readAt >= MIN_READ_INTERVAL_MS) {
			this.readAt = monotonicNow();
			this.reading = this.read(context);
		}
		await this.reading;
		return this.fits(rawBody, signature);
	}

	/** Whether there is any secret to verify with. */
	get isEmpty(): boolean {
		return this.verified === undefined && this.latest === undefined;
	}

	private fits(rawBody: unknown, signature: unknown): boolean {
		const secret = [this.verified, this.latest].find((each) =>
			verifySignature(rawBody, signature, each),
		);
		if (secret === undefined) return false;
		this.verified = secret;
		return true;
	}

	private async read(context: IWebhookFunctions): Promise<void> {
		try {
			const credentials = toKliqCredentials(await context.getCredentials(CREDENTIAL_NAME));
			if (credentials.apiKey) this.latest = signingSecretOf(credentials, context.getNode());
		} catch (error) {
			context.logger.error(
				`KLIQ Trigger "${context.getNode().name}" cannot read its credential: ${(error as Error).message}`,
			);
		}
	}
}

const caches = new Map<string, SecretCache>();

/**
 * The secrets of a trigger in memory. Reading the credential for each event
 * would cost n8n half as much again as the event itself (docs/benchmarks.md).
 */
export function secretCacheOf(
	context: IHookFunctions | ITriggerFunctions | IWebhookFunctions,
): SecretCache {
	const { id, webhookId, credentials } = context.getNode();
	const key = JSON.stringify([context.getWorkflow().id, id, webhookId, credentials]);
	const cache = caches.get(key) ?? new SecretCache();
	caches.set(key, cache);
	return cache;
}
