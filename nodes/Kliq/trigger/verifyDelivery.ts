import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

import { CREDENTIAL_NAME } from '../transport/credentials';
import { isObject } from '../utils/object';
import { verifySignature } from './signature';
import { asEvents } from '../subscriptions/events';
import { getTriggerData } from './staticData';

/** As KLIQ names it; a charset other than UTF-8 would have n8n read the bytes otherwise. */
const PLAIN_JSON = /^application\/json(; ?charset=utf-8)?$/i;

/** What to do with a request that reached the trigger. */
export type DeliveryDecision =
	| { action: 'run'; event: IDataObject }
	/** KLIQ did send it, but it starts nothing. */
	| { action: 'ignore'; why: string }
	/** Nobody knows who sent it. */
	| { action: 'refuse'; why: string };

/**
 * Judges a request by its signature first, and only then by what it holds. Never throws on
 * anything a sender can choose.
 */
export async function verifyDelivery(context: IWebhookFunctions): Promise<DeliveryDecision> {
	const { rawBody } = context.getRequestObject() as { rawBody?: unknown };
	const signature = context.getHeaderData()['x-kliq-signature'];
	const secret = getTriggerData(context).secret ?? (await secretOfCredential(context));

	if (!secret) {
		const why =
			'there is no signing secret to check it with; publish the workflow again to subscribe anew';
		return { action: 'refuse', why };
	}
	if (!verifySignature(rawBody, signature, secret)) {
		const why = signature
			? 'its signature does not fit; if it did come from KLIQ, the signing secret has changed since the workflow was published, or a proxy rewrites bodies'
			: 'it has no signature';
		return { action: 'refuse', why };
	}
	const content = contentOf(context, rawBody as Buffer);
	return judgeContent(content, asEvents(context.getNodeParameter('events', [])));
}

function judgeContent(event: unknown, wanted: string[]): DeliveryDecision {
	if (!isObject(event)) return { action: 'ignore', why: 'not a JSON object' };
	if (typeof event.type !== 'string') return { action: 'ignore', why: 'no event type' };
	if (!wanted.includes(event.type)) return { action: 'ignore', why: 'event type not asked for' };
	return { action: 'run', event };
}

/**
 * What the signed bytes say. n8n parses a body by the content type that its sender chose (n8n,
 * body-parser): of plain JSON in UTF-8 it makes just what parsing the signed bytes makes (2.x
 * overlooks a byte order mark), so that is taken, rather than parse a large event twice. By any
 * other type it may make anything of them.
 */
function contentOf(context: IWebhookFunctions, rawBody: Buffer): unknown {
	const isParsed = PLAIN_JSON.test(context.getHeaderData()['content-type'] ?? '');
	const parsed: unknown = isParsed ? context.getBodyData() : undefined;
	return parsed ?? parse(rawBody);
}

function parse(rawBody: Buffer): unknown {
	try {
		return JSON.parse(rawBody.toString('utf8'));
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
