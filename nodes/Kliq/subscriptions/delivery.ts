import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

import { CREDENTIAL_NAME } from '../client/account';
import { isSignedByKliq } from '../signature/verify';
import { recall } from './memory';

/** What to do with a request that reached the trigger. */
export type Verdict =
	| { action: 'run'; event: IDataObject }
	/** KLIQ did send it, but it starts nothing. */
	| { action: 'ignore'; why: string }
	/** Nobody knows who sent it. */
	| { action: 'refuse'; why: string };

/**
 * Judges a request by its signature first, and only then by what it holds. Never throws on
 * anything a sender can choose.
 */
export async function judge(context: IWebhookFunctions): Promise<Verdict> {
	const { rawBody } = context.getRequestObject() as { rawBody?: unknown };
	const signature = context.getHeaderData()['x-kliq-signature'];
	const secret = recall(context).secret ?? (await secretOfCredential(context));

	if (!secret) {
		const why =
			'there is no signing secret to check it with; publish the workflow again to subscribe anew';
		return { action: 'refuse', why };
	}
	if (!isSignedByKliq(rawBody, signature, secret)) {
		const why = signature
			? 'its signature does not fit; if it did come from KLIQ, the signing secret has changed since the workflow was published, or a proxy rewrites bodies'
			: 'it has no signature';
		return { action: 'refuse', why };
	}
	return judgeEvent(rawBody as Buffer, context.getNodeParameter('events', []) as string[]);
}

function judgeEvent(rawBody: Buffer, wanted: string[]): Verdict {
	const event = parseObject(rawBody);
	if (event === undefined) return { action: 'ignore', why: 'not a JSON object' };
	if (typeof event.type !== 'string') return { action: 'ignore', why: 'no event type' };
	if (!wanted.includes(event.type)) return { action: 'ignore', why: 'event type not asked for' };
	return { action: 'run', event };
}

/** Parses what was signed, not what n8n made of it by the content type that a sender chose. */
function parseObject(rawBody: Buffer): IDataObject | undefined {
	try {
		const value: unknown = JSON.parse(rawBody.toString('utf8'));
		const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
		return isObject ? (value as IDataObject) : undefined;
	} catch {
		return undefined;
	}
}

/** Asked only where the trigger has no secret of its own. A credential that is gone has none. */
async function secretOfCredential(context: IWebhookFunctions): Promise<string | undefined> {
	try {
		const { signingSecret } = await context.getCredentials(CREDENTIAL_NAME);
		return typeof signingSecret === 'string' ? signingSecret.trim() || undefined : undefined;
	} catch (error) {
		context.logger.error(
			`KLIQ Trigger "${context.getNode().name}" cannot read its credential: ${(error as Error).message}`,
		);
		return undefined;
	}
}
