import { setTimeout as sleep } from 'node:timers/promises';

import type { RunningN8n } from '../../support/n8n';
import { inParallel } from '../../support/parallel';
import type { PostResult } from '../../support/simulator';
import type { TriggeredWorkflow } from '../../support/testBed';
import type { QueueTestBed } from './queueTestBed';

/** More than both workers take at once, so that events are also waiting in Redis. */
export const CRASH_CONNECTIONS = 40;
const MOST_ATTEMPTS = 20;
const BETWEEN_ATTEMPTS_MS = 250;

export interface Outgoing {
	workflow: TriggeredWorkflow;
	eventId: string;
	/** Who gets it at the first attempt. */
	to: RunningN8n;
}

export interface Crash {
	/** Killed with -9 once so many events are acknowledged. */
	victim: RunningN8n;
	after: number;
	/** Who gets at a later attempt what was not acknowledged at the first. */
	survivor: RunningN8n;
}

/**
 * Delivers events while a process dies, and again what is not acknowledged, as KLIQ would.
 *
 * @returns when every event has been acknowledged, those whose first attempt the death has cut short
 * @throws Error if one never is
 */
export async function deliverThroughCrash(
	queue: QueueTestBed,
	events: Outgoing[],
	{ victim, after, survivor }: Crash,
): Promise<string[]> {
	const cutShort: string[] = [];
	let acknowledged = 0;
	let death: Promise<void> | undefined;

	await inParallel(events, CRASH_CONNECTIONS, async ({ workflow, eventId, to }) => {
		const beganBefore = death === undefined;
		let answer: PostResult | undefined;
		for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
			answer = await queue.send(workflow, eventId, attempt === 0 ? to : survivor);
			if ('status' in answer && answer.status === 200) {
				if (++acknowledged === after) death = victim.kill();
				return;
			}
			if (attempt === 0 && beganBefore) cutShort.push(eventId);
			await sleep(BETWEEN_ATTEMPTS_MS);
		}
		const last = JSON.stringify(answer);
		throw new Error(`${eventId} got no 200 in ${MOST_ATTEMPTS} attempts, at last ${last}`);
	});
	await death;

	return cutShort;
}
