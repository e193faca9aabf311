import type {
	IExecuteFunctions,
	IHookFunctions,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import { monotonicNow } from '../utils/monotonicClock';
import { SecretCache } from './delivery/secretCache';
import { EventDeduplicator } from './output/deduplicator';
import { MAX_LIST_LAG_MS } from './subscription/checkInterval';
import type { Publication } from './subscription/publication';

/** An unpublished trigger is remembered so long: a list may still show what has just been deleted. */
const KEPT_MS = 2 * MAX_LIST_LAG_MS;

/** The contexts in which n8n calls a trigger. */
type TriggerContext = IExecuteFunctions | IHookFunctions | ITriggerFunctions | IWebhookFunctions;

/** All that this process keeps of one trigger node, which is nothing that it could not do without. */
export class TriggerMemory {
	readonly secrets = new SecretCache();

	readonly deduplicator = new EventDeduplicator();

	/** When the published trigger last got a verified request of KLIQ in this process, on the monotonic clock. */
	receivedAt = -Infinity;

	/** Since `checkExists` or `create`; undefined where another process has been asked. */
	publication?: Publication;

	/** Listening for a test event, which has a URL of its own. */
	test?: Publication;

	/** The publication before. */
	ended?: Publication;

	/** When a publication or a test has ended last, on the monotonic clock. */
	endedAt?: number;

	/** Other addresses of the trigger that the owner has been told of. */
	readonly toldAddresses = new Set<string>();

	/** Since `trigger()`, which n8n calls on the leading main only; aborted when n8n stops the trigger. */
	watch?: AbortController;
}

/** By workflow and node. Webhook processors and workers are never told that a workflow is unpublished. */
const memories = new Map<string, TriggerMemory>();

const keyOf = (context: TriggerContext) =>
	JSON.stringify([context.getWorkflow().id, context.getNode().id]);

/** The memory of the context's node. */
export function memoryOf(context: TriggerContext): TriggerMemory {
	const key = keyOf(context);
	const known = memories.get(key);
	if (known !== undefined) return known;
	forgetUnused();
	const memory = new TriggerMemory();
	memories.set(key, memory);
	return memory;
}

/** The publication of the context's node, as far as this process has been asked. */
export const publicationOf = (context: TriggerContext): Publication | undefined =>
	memories.get(keyOf(context))?.publication;

/** The publication of the context's node, or the one before it. */
export function lastPublicationOf(context: TriggerContext): Publication | undefined {
	const memory = memories.get(keyOf(context));
	return memory?.publication ?? memory?.ended;
}

/** True if the context's node is published with this URL, or listens for a test event at it. */
export function isWanted(context: TriggerContext, webhookUrl: string): boolean {
	const { publication, test } = memoryOf(context);
	return [publication, test].some((each) => each?.webhookUrl === webhookUrl);
}

/** Begins to listen for a test event. */
export function beginTest(context: IHookFunctions, test: Publication): void {
	const memory = memoryOf(context);
	memory.test?.end();
	memory.test = test;
}

/** Ends listening for a test event at this URL. @returns what has listened, if this process knows of it */
export function endTest(context: IHookFunctions, webhookUrl: string): Publication | undefined {
	const memory = memoryOf(context);
	const { test } = memory;
	if (test?.webhookUrl !== webhookUrl) return undefined;
	test.end();
	memory.test = undefined;
	noteEnd(memory);
	return test;
}

/** Begins a publication, which ends the one before it. */
export function beginPublication(context: IHookFunctions, publication: Publication): void {
	const memory = memoryOf(context);
	memory.publication?.end();
	memory.publication = publication;
}

/** Ends a publication. Its memory is given back some time after n8n has stopped both halves. */
export function endPublication(
	context: IHookFunctions | ITriggerFunctions,
	publication: Publication,
): void {
	publication.end();
	const memory = memoryOf(context);
	memory.publication = undefined;
	memory.ended = publication;
	noteEnd(memory);
}

/** From now on the memory is kept for `KEPT_MS`, unless it is used. */
function noteEnd(memory: TriggerMemory): void {
	memory.endedAt = monotonicNow();
	forgetUnused();
}

function forgetUnused(): void {
	const before = monotonicNow() - KEPT_MS;
	for (const [key, { publication, test, watch, endedAt = Infinity }] of memories) {
		const isUsed = (publication ?? test ?? watch) !== undefined;
		if (!isUsed && endedAt < before) memories.delete(key);
	}
}

/** Notes that `trigger()` has been called. @returns what n8n's stopping it aborts */
export function beginWatch(context: ITriggerFunctions): AbortController {
	const memory = memoryOf(context);
	memory.watch?.abort();
	memory.watch = new AbortController();
	return memory.watch;
}

/** Notes that n8n has stopped the trigger, and ends the publication with it. */
export function endWatch(context: ITriggerFunctions, watch: AbortController): void {
	watch.abort();
	const memory = memoryOf(context);
	// Unless n8n has started the trigger again before it has stopped it.
	if (memory.watch !== undefined && memory.watch !== watch) return;
	memory.watch = undefined;
	if (memory.publication !== undefined) endPublication(context, memory.publication);
}

/**
 * True if this process runs another node with the same webhook URL: n8n refuses to publish a second
 * one, and tidies up after it by `delete`.
 */
export function isWatchedByAnother(context: IHookFunctions, webhookUrl: string): boolean {
	const own = keyOf(context);
	return [...memories].some(
		([key, { watch, publication }]) =>
			key !== own && watch !== undefined && publication?.webhookUrl === webhookUrl,
	);
}

/** How many triggers this process keeps anything of. */
export const rememberedTriggers = () => memories.size;
