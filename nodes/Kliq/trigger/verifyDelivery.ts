import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

import { parseEvents } from '../subscriptions/events';
import { CREDENTIAL_NAME } from '../transport/credentials';
import { isObject } from '../utils/object';
import { verifySignature } from './signature';
import { getTriggerData } from './staticData';

/**
 * KLIQ's content type. With another charset n8n would decode the bytes differently.
 *
 * Assumption: KLIQ-EVENT-CONTENT-TYPE.
 */
const PLAIN_JSON = /^application\/json(; ?charset=utf-8)?$/i;

/** What the trigger does with a request. */
export type DeliveryDecision =
	| { action: 'run'; event: IDataObject }
	/** Sent by KLIQ, but it starts nothing. */
	| { action: 'ignore'; reason: string }
	/** Not verified. */
	| { action: 'reject'; reason: string };

/**
 * Decides what to do with a request: by its signature first, then by its content. Never throws on
 * anything that the sender controls.
 *
 * Assumption: KLIQ-SUB-CHALLENGE.
 */
export async function verifyDelivery(context: IWebhookFunctions): Promise<DeliveryDecision> {
	const { rawBody } = context.getRequestObject() as { rawBody?: unknown };
	const signature = context.getHeaderData()['x-kliq-signature'];
	const secret = getTriggerData(context).secret ?? (await readSigningSecret(context));

	if (!secret) {
		const reason =
			'there is no signing secret to check it with; unpublish the workflow, then publish it to subscribe anew';
		return { action: 'reject', reason };
	}
	if (!verifySignature(rawBody, signature, secret)) {
		const reason = signature
			? 'its signature does not fit; if it did come from KLIQ, the signing secret has changed since the workflow was published, or a proxy rewrites bodies'
			: 'it has no signature';
		return { action: 'reject', reason };
	}
	const content = parseContent(context, rawBody as Buffer);
	return decideOnContent(content, parseEvents(context.getNodeParameter('events', [])));
}

// Assumption KLIQ-EVENT-BODY (docs/kliq-assumptions.md).
function decideOnContent(event: unknown, subscribedEvents: string[]): DeliveryDecision {
	if (!isObject(event)) return { action: 'ignore', reason: 'not a JSON object' };
	if (typeof event.type !== 'string') return { action: 'ignore', reason: 'no event type' };
	if (!subscribedEvents.includes(event.type)) {
		return { action: 'ignore', reason: 'event type not asked for' };
	}
	return { action: 'run', event };
}

/**
 * Parses the signed bytes. n8n has parsed the body by the content type that the sender chose (n8n,
 * body-parser). For plain JSON in UTF-8 its result equals ours (2.x ignores a byte order mark), so it
 * is reused: parsing a large event twice is slow. For any other type it may be anything.
 */
function parseContent(context: IWebhookFunctions, rawBody: Buffer): unknown {
	const isParsed = PLAIN_JSON.test(context.getHeaderData()['content-type'] ?? '');
	const parsed: unknown = isParsed ? context.getBodyData() : undefined;
	return parsed ?? parseJson(rawBody);
}

function parseJson(rawBody: Buffer): unknown {
	try {
		return JSON.parse(rawBody.toString('utf8'));
	} catch {
		return undefined;
	}
}

/** Reads the credential's Signing Secret; undefined if it is empty or the credential was deleted. */
async function readSigningSecret(context: IWebhookFunctions): Promise<string | undefined> {
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
