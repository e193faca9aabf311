import type { INode, IWebhookFunctions } from 'n8n-workflow';

import { CREDENTIAL_NAME, toKliqCredentials } from '../../transport/credentials';
import { monotonicNow } from '../../utils/monotonicClock';
import { signingSecretOf } from '../subscription/secret';
import { verifySignature } from './signature';

/** A signature that does not fit causes at most one reading of the credential in this time. */
const MIN_READ_INTERVAL_MS = 30_000;

/**
 * The secrets of one trigger in memory. Reading the credential for each event would cost n8n half as much
 * again as the event itself (docs/benchmarks.md).
 */
export class SecretCache {
	/** The secret that the newest verified event was signed with. */
	private verified?: string;

	/** The secret by the newest reading of the credential. KLIQ may not sign with it yet. */
	private latest?: string;

	/** The webhook ID and the credential that all of this is about. */
	private owner?: string;

	private readAt = -Infinity;

	private reading?: Promise<void>;

	/**
	 * Verifies with what is in memory; if nothing fits, with the credential as it is now.
	 *
	 * @returns the secret that fits; undefined if none does
	 */
	async verify(
		context: IWebhookFunctions,
		rawBody: unknown,
		signature: unknown,
	): Promise<string | undefined> {
		this.setOwner(context.getNode());
		const known = this.find(rawBody, signature);
		if (known !== undefined) return known;
		if (monotonicNow() - this.readAt >= MIN_READ_INTERVAL_MS) {
			this.readAt = monotonicNow();
			this.reading = this.read(context);
		}
		await this.reading;
		return this.find(rawBody, signature);
	}

	/** Notes that KLIQ signs with this secret. A replaced one is forgotten thereby. */
	noteEvent(secret: string): void {
		this.verified = secret;
	}

	/** Takes a secret by a reading of the credential that has just been made. */
	learn(node: INode, secret: string): void {
		this.setOwner(node);
		this.latest = secret;
	}

	/** Whether there is any secret to verify with. */
	get isEmpty(): boolean {
		return this.verified === undefined && this.latest === undefined;
	}

	/** Forgets what another credential or webhook ID of the node has left. */
	private setOwner({ webhookId, credentials }: INode): void {
		const owner = JSON.stringify([webhookId, credentials]);
		if (this.owner === owner) return;
		this.owner = owner;
		this.verified = undefined;
		this.latest = undefined;
		this.readAt = -Infinity;
	}

	private find(rawBody: unknown, signature: unknown): string | undefined {
		return [this.verified, this.latest].find((each) => verifySignature(rawBody, signature, each));
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
