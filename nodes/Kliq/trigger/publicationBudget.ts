import type { SessionOptions } from '../transport/session';
import { monotonicNow } from '../utils/monotonicClock';

/** Time that the calls of one publication or unpublication may take together, before MIN_CALL_MS. */
const MAX_TOTAL_MS = 30_000;

/** Time limits of one call. The first one of an unpublication is longer: n8n 1.x has no second. */
const MAX_CREATE_MS = 10_000;
const MAX_FIRST_DELETE_MS = 15_000;
const MAX_DELETE_MS = 5_000;

/** Every call may ask KLIQ at least so long, because KLIQ may have recovered. */
const MIN_CALL_MS = 1_000;

/** Longest waits for retries in the first call. n8n 2.x makes up to four more calls by itself. */
const MAX_CREATE_WAIT_MS = 2_000;
const MAX_DELETE_WAIT_MS = 10_000;

/** n8n 2.x waits up to 8 s between two tries (`retryTriggerActivation`). */
const MAX_GAP_MS = 12_000;

/** n8n 2.x tries five times (`TRIGGER_ACTIVATION_MAX_ATTEMPTS`). */
const MAX_CREATE_CALLS = 5;

/** The lifecycle methods by what they ask of KLIQ. */
type LifecycleMethod = 'checkExists' | 'create' | 'delete';

interface Publication {
	createCalls: number;
	spentMs: number;
	endedAt: number;
}

const publications = new Map<string, Publication>();

/**
 * Runs a lifecycle method of the trigger with the time that is left for it. n8n 2.x calls `create`
 * five times and `delete` after each failure, gives up on the whole after 80 s, and then says nothing
 * of our reason (workflow-publication-outbox-consumer); n8n 1.x calls once. So the calls of one
 * publication share their time.
 *
 * @param work gets the session's deadline and its longest wait
 */
export async function withinPublication<T>(
	url: string,
	method: LifecycleMethod,
	work: (options: Required<Pick<SessionOptions, 'deadline' | 'maxWaitMs'>>) => Promise<T>,
): Promise<T> {
	const begun = monotonicNow();
	const publication = publicationOf(url, method);
	const isFirst = publication.spentMs === 0;
	const { limitMs, maxWaitMs } = limitsOf(method, isFirst);
	const left = Math.max(MIN_CALL_MS, MAX_TOTAL_MS - publication.spentMs);
	try {
		const result = await work({ deadline: begun + Math.min(limitMs, left), maxWaitMs });
		// `checkExists` says true, or `create` has subscribed: this publication is over.
		if (isFirst || method === 'create' || result === true) publications.delete(url);
		return result;
	} finally {
		publication.endedAt = monotonicNow();
		publication.spentMs += publication.endedAt - begun;
	}
}

function limitsOf(method: LifecycleMethod, isFirst: boolean) {
	if (method !== 'delete') {
		return { limitMs: MAX_CREATE_MS, maxWaitMs: isFirst ? MAX_CREATE_WAIT_MS : 0 };
	}
	return isFirst
		? { limitMs: MAX_FIRST_DELETE_MS, maxWaitMs: MAX_DELETE_WAIT_MS }
		: { limitMs: MAX_DELETE_MS, maxWaitMs: 0 };
}

/** The publication that a call belongs to: the one under way, or a new one. */
function publicationOf(url: string, method: LifecycleMethod): Publication {
	const now = monotonicNow();
	for (const [key, { endedAt }] of publications) {
		if (now - endedAt > MAX_GAP_MS) publications.delete(key);
	}
	let publication = publications.get(url);
	const isNext = publication?.createCalls === MAX_CREATE_CALLS && method === 'create';
	if (publication === undefined || isNext) {
		publication = { createCalls: 0, spentMs: 0, endedAt: now };
		publications.set(url, publication);
	}
	if (method === 'create') publication.createCalls += 1;
	return publication;
}
