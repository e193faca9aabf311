import type { TriggeredWorkflow } from '../../support/testBed';
import type { EventRun, QueueTestBed } from './queueTestBed';

/** The outcome of events that were all acknowledged. */
export interface Losses {
	/** The events that have not been run to the end. */
	lost: string[];
	/** The executions that have not. */
	unfinished: EventRun[];
	/** How many events have been run to the end more than once. */
	twice: number;
}

/** To be called when every event has been acknowledged. Waits until no execution changes any more. */
export async function lossesOf(
	queue: QueueTestBed,
	workflow: TriggeredWorkflow,
	eventIds: string[],
): Promise<Losses> {
	const runs = await queue.settledRunsOf(workflow);
	const hasSucceeded = ({ status }: EventRun) => status === 'success';
	const finished = runs.filter(hasSucceeded).map(({ eventId }) => eventId);
	const timesRun = (id: string) => finished.filter((each) => each === id).length;
	return {
		lost: eventIds.filter((id) => timesRun(id) === 0),
		unfinished: runs.filter((run) => !hasSucceeded(run)),
		twice: eventIds.filter((id) => timesRun(id) > 1).length,
	};
}
