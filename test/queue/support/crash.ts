import type { TriggeredWorkflow } from '../../e2e/support/stage';
import { inParallel } from '../../support/parallel';
import type { QueueStage } from './queueStage';

/** More than both workers take at once, so that events are also waiting in Redis. */
export const CRASH_CONNECTIONS = 40;
const MOST_ATTEMPTS = 20;
const DOOMED = 1;
const SURVIVOR = 0;

export interface Outgoing {
	workflow: TriggeredWorkflow;
	eventId: string;
}

/**
 * Delivers to both processors in turn, kills one of them and one worker with -9 once `after` events
 * are acknowledged, and sends what is not acknowledged again to the other, as KLIQ would.
 *
 * @returns when every event has been acknowledged, those that were not so at the first attempt
 * @throws Error if one never is
 */
export async function deliverThroughCrash(
	queue: QueueStage,
	events: Outgoing[],
	after: number,
): Promise<string[]> {
	const victims = [queue.processors[DOOMED], queue.workers[DOOMED]];
	const sentAgain: string[] = [];
	let acknowledged = 0;
	let killed: Promise<unknown> | undefined;

	await inParallel(events, CRASH_CONNECTIONS, async ({ workflow, eventId }, index) => {
		for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
			const processor = attempt === 0 && index % 2 === 0 && !killed ? DOOMED : SURVIVOR;
			const answer = await queue.send(workflow, eventId, processor);
			if (!('status' in answer && answer.status === 200)) continue;
			if (attempt > 0) sentAgain.push(eventId);
			if (++acknowledged === after) killed = Promise.all(victims.map((one) => one.kill()));
			return;
		}
		throw new Error(`${eventId} was not acknowledged in ${MOST_ATTEMPTS} attempts`);
	});
	await killed;

	return sentAgain;
}
