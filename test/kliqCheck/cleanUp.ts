import { setTimeout as sleep } from 'node:timers/promises';

import { isOwnUrl, OBSERVATION_MARKER } from './ownAddress';
import { isSuccess } from './probes/lists';
import type { Session } from './session';
import { entriesIn } from './session';
import { isObject } from './shapes';

const TRIES = 3;
const BETWEEN_TRIES_MS = 2_000;

/** How long to look for what a POST without an answer may have made. */
const LOST_ANSWER_MS = 10_000;

/** What was removed, and what could not be. */
export interface CleanUp {
	removed: number;
	/** IDs of subscriptions and observations, for a person to delete at KLIQ. */
	left: string[];
}

/**
 * Deletes every subscription of the check that the tenant has, of this run and of earlier ones that
 * crashed. They are recognized by their URLs, and those of this run also by the IDs in KLIQ's
 * answers. Never throws.
 */
export async function removeSubscriptions(session: Session): Promise<CleanUp> {
	const gone = goneAlready(session);
	const before = gone.size;
	const lookUntil = Date.now() + LOST_ANSWER_MS;
	const isLooking = () => isAnyPostUnexplained(session) && Date.now() < lookUntil;
	let left: string[] = [];
	for (let tries = 0; tries < TRIES || isLooking(); tries++) {
		if (tries > 0) await sleep(BETWEEN_TRIES_MS);
		const { ids, isComplete, isRefused } = await ownSubscriptions(session);
		left = ids.filter((id) => !gone.has(id));
		for (const id of left) if (await isDeleted(session, id)) gone.add(id);
		left = left.filter((id) => !gone.has(id));
		const isDone = isComplete || (isRefused && ids.length === 0);
		if (isDone && left.length === 0 && !isLooking()) break;
	}
	return { removed: gone.size - before, left };
}

/** IDs that a DELETE has answered well. */
function goneAlready({ exchanges }: Session): Set<string> {
	const deleted = exchanges.filter(
		(exchange) =>
			exchange.method === 'DELETE' && (isSuccess(exchange) || exchange.answer?.status === 404),
	);
	return new Set(deleted.map(({ path }) => decodeURIComponent(path.split('/').at(-1) ?? '')));
}

/** Whether a POST had no answer, and no list has shown what it has made. */
function isAnyPostUnexplained(session: Session): boolean {
	const { exchanges, runId } = session;
	const posts = exchanges.filter(({ method, path }) => method === 'POST' && path === '/webhooks');
	const lost = posts.filter(({ answer }) => answer === undefined).length;
	if (lost === 0) return false;
	const answered = session.createdSubscriptionIds();
	const listed = exchanges
		.flatMap(({ answer }) => entriesIn(answer?.json))
		.filter(({ url }) => isOwnUrl(url) && String(url).includes(runId))
		.map(({ id }) => String(id));
	return new Set(listed.filter((id) => !answered.includes(id))).size < lost;
}

async function ownSubscriptions(session: Session) {
	const { exchanges, failed, last } = await session.list('webhook');
	const listed = exchanges
		.flatMap(({ answer }) => entriesIn(answer?.json))
		.filter(({ url }) => isOwnUrl(url))
		.map(({ id }) => String(id));
	const status = last?.answer?.status ?? 0;
	return {
		ids: [...new Set([...listed, ...session.createdSubscriptionIds()])],
		isComplete: !failed,
		/** A key that may not list subscriptions has made none. */
		isRefused: status >= 400 && status < 500 && status !== 429,
	};
}

async function isDeleted(session: Session, id: string): Promise<boolean> {
	const { last } = await session.deleteSubscription(id);
	const status = last?.answer?.status ?? 0;
	return isSuccess(last) || status === 404 || status === 410;
}

/**
 * Deletes the observations of the check at a location, of this run and of earlier ones that crashed.
 * They are recognized by their metadata, and those of this run also by their IDs. Never throws.
 */
export async function removeObservations(session: Session, locationId: string): Promise<CleanUp> {
	const { items } = await session.run({
		resource: 'observation',
		operation: 'getAll',
		returnAll: false,
		limit: 500,
		simplify: false,
		filters: { locationId },
	});
	for (const { id, metadata } of items) {
		if (isObject(metadata) && OBSERVATION_MARKER in metadata)
			session.ownObservations.add(String(id));
	}
	const left: string[] = [];
	let removed = 0;
	for (const id of session.ownObservations) {
		const { last } = await session.run({
			resource: 'observation',
			operation: 'delete',
			observationId: { __rl: true, mode: 'id', value: id },
		});
		if (isSuccess(last)) removed += 1;
		else if (last?.answer?.status !== 404) left.push(id);
	}
	return { removed, left };
}
