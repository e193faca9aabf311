import { setTimeout as sleep } from 'node:timers/promises';

import type { RunningN8n } from '../../support/n8n';
import { inParallel } from '../../support/parallel';
import type { PostResult } from '../../support/simulator';
import type { TriggeredWorkflow } from '../../support/testBed';
import type { QueueTestBed } from './queueTestBed';

/** More than both workers run at once, so that events are queued in Redis too. */
export const CRASH_CONNECTIONS = 40;
/** For a minute: n8n 1.x answers 503 while a busy machine keeps it from its database. */
const MAX_ATTEMPTS = 240;
const RETRY_DELAY_MS = 250;

export interface Outgoing {
	workflow: TriggeredWorkflow;
	eventId: string;
	/** Receives the first attempt. */
	to: RunningN8n;
}

export interface Crash {
	/** Killed with -9 once `after` events are acknowledged. */
	victim: RunningN8n;
	after: number;
	/** Receives the later attempts of events that were not acknowledged at the first. */
	survivor: RunningN8n;
}

/**
 * Delivers events while a process is killed, and retries those not acknowledged, as KLIQ would.
 *
 * @returns when every event has been acknowledged: the IDs of those whose first attempt failed
 * @throws Error if one never is acknowledged
 */
export async function deliverThroughCrash(
	queue: QueueTestBed,
	events: Outgoing[],
	{ victim, after, survivor }: Crash,
): Promise<string[]> {
	const interrupted: string[] = [];
	let acknowledged = 0;
	let killed: Promise<void> | undefined;

	await inParallel(events, CRASH_CONNECTIONS, async ({ workflow, eventId, to }) => {
		const startedBeforeKill = killed === undefined;
		let answer: PostResult | undefined;
		for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
			answer = await queue.attempt(workflow, eventId, attempt === 0 ? to : survivor);
			if ('status' in answer && answer.status === 200) {
				if (++acknowledged === after) killed = victim.kill();
				return;
			}
			if (attempt === 0 && startedBeforeKill) interrupted.push(eventId);
			await sleep(RETRY_DELAY_MS);
		}
		const last = JSON.stringify(answer);
		throw new Error(`${eventId} got no 200 in ${MAX_ATTEMPTS} attempts, at last ${last}`);
	});
	await killed;

	return interrupted;
}
