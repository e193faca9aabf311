import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

import { monotonicNow } from '../../utils/monotonicClock';
import { parseNameList } from '../../utils/nameList';
import { asObject, isObject } from '../../utils/object';
import { memoryOf } from '../memory';
import { PROBE_TYPE } from '../subscription/probe';

/**
 * KLIQ's content type. With another charset n8n would decode the bytes differently.
 *
 * Assumption: KLIQ-EVENT-CONTENT-TYPE.
 */
const PLAIN_JSON = /^application\/json(; ?charset=utf-8)?$/i;

/** What the trigger does with a request. */
export type DeliveryDecision =
	| { action: 'run'; event: IDataObject }
	/** Sent by this trigger to learn where an address leads. */
	| { action: 'answerProbe' }
	/** Sent by KLIQ, but it starts nothing; `isWanted` if the trigger's options say so. */
	| { action: 'ignore'; reason: string; isWanted?: boolean }
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
	if (!signature) return { action: 'reject', reason: 'it has no signature' };

	const memory = memoryOf(context);
	const { secrets } = memory;
	const secret = await secrets.verify(context, rawBody, signature);
	if (secret === undefined) {
		const reason = secrets.isEmpty
			? 'there is no signing secret to check it with, because the KLIQ API credential cannot be read'
			: 'its signature does not fit; if it did come from KLIQ, the credential has changed and the health check subscribes anew within 10 minutes, or a proxy rewrites bodies';
		return { action: 'reject', reason };
	}
	const content = parseContent(context, rawBody as Buffer);
	const decision = decideOnContent(content, {
		events: parseNameList(context.getNodeParameter('events', [])),
		models: parseNameList(asObject(context.getNodeParameter('options', {})).models),
	});
	if (decision.action !== 'answerProbe') {
		secrets.noteEvent(secret);
		// A test event comes to an address of its own.
		if (context.getMode() !== 'manual') memory.receivedAt = monotonicNow();
	}
	return decision;
}

/** What the trigger's parameters ask for. */
interface Filter {
	events: string[];
	/** Empty for all models. */
	models: string[];
}

// Assumption KLIQ-EVENT-BODY (docs/kliq-assumptions.md).
function decideOnContent(event: unknown, { events, models }: Filter): DeliveryDecision {
	if (!isObject(event)) return { action: 'ignore', reason: 'not a JSON object' };
	if (typeof event.type !== 'string') return { action: 'ignore', reason: 'no event type' };
	if (event.type === PROBE_TYPE) return { action: 'answerProbe' };
	if (!events.includes(event.type)) {
		return { action: 'ignore', reason: 'event type not asked for' };
	}
	if (models.length > 0 && isOfOtherModel(event, models)) {
		return { action: 'ignore', reason: 'model not asked for', isWanted: true };
	}
	return { action: 'run', event };
}

/**
 * False also for events that name no model: KLIQ documents only what a completed job's event holds, and
 * an event must not get lost for what is unknown.
 *
 * Assumption: KLIQ-EVENT-DATA.
 */
function isOfOtherModel({ data }: IDataObject, models: string[]): boolean {
	const { model } = asObject(data);
	if (typeof model !== 'string') return false;
	const name = model.trim().toLowerCase();
	return !models.some((each) => each.toLowerCase() === name);
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
