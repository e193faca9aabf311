import { sleep, type DeduplicationHelperFunctions } from 'n8n-workflow';

import { monotonicNow } from '../../utils/monotonicClock';

/** How many events a trigger remembers: unless the user says otherwise, at least, at most. */
export const DEFAULT_REMEMBERED = 1_000;
export const MIN_REMEMBERED = 100;
export const MAX_REMEMBERED = 10_000;

/** Records of one event (see `recordsOf`). */
const RECORDS_PER_EVENT = 2;

/** Most arrivals that one access records, in all and as a part of what is remembered. */
const MAX_BATCH = 100;
const MAX_BATCH_SHARE = 1 / 4;

/**
 * Least time between two accesses for each event that is remembered. n8n reads and writes all of them at
 * each access, so the more there are, the more arrivals share one.
 */
const PAUSE_PER_REMEMBERED_MS = 0.025;

/** Failed accesses in a row after which the arrivals of the last one go on unremembered. */
const MAX_FAILURES = 4;

/** Pause before a failed access is repeated; up to as much is added at random. */
const RETRY_PAUSE_MS = 25;

/** For how long accesses look for a record again that this process has written. */
const REPAIR_MS = 5_000;

/**
 * First pauses after an access, while no event arrives; the next ones are REPAIR_MS, long enough for
 * another process's access to end on a busy machine. Up to as much is added at random, so that processes
 * get out of step.
 */
const REPAIR_PAUSES_MS = [100, 1_000];

/** An event that has come to the trigger, and the execution that n8n has started for it. */
export interface Arrival {
	eventId: string;
	executionId: string;
}

/** Access to n8n's memory of the node, and how to use it. */
export interface ProcessedDataAccess {
	data: Pick<DeduplicationHelperFunctions, 'checkProcessedAndRecord'>;
	/** How many events to remember. */
	maxEvents: number;
	/** Is told why an event could not be remembered. */
	onTrouble(reason: unknown): void;
}

interface PendingArrival extends Arrival {
	access: ProcessedDataAccess;
	resolve(isRepeat: boolean): void;
}

interface RecordedEvent extends Arrival {
	access: ProcessedDataAccess;
	/** On the monotonic clock, in milliseconds. */
	recordedAt: number;
}

/**
 * Deduplication: what one trigger node remembers of the events that it has let through, in n8n's database.
 *
 * n8n keeps the records of a node in one row, which it reads, changes and writes back without a lock;
 * the first two writers also collide on the primary key (n8n, `DeduplicationHelper`). So within a
 * process accesses take turns, and one access serves all arrivals that wait (group commit). Another
 * process can still overwrite a record. So each access of the next five seconds, and one after them,
 * looks for it again and with that restores it (read repair).
 *
 * Assumption: KLIQ-EVENT-REPEAT.
 */
export class EventDeduplicator {
	private arrivals: PendingArrival[] = [];
	/** The newest last. */
	private recorded: RecordedEvent[] = [];
	private failures = 0;
	private isRunning = false;
	private wake = () => {};

	/**
	 * Tells whether the event has been let through before, and remembers it. An event that cannot be
	 * remembered is no repeat: none may be lost.
	 */
	async isRepeat(arrival: Arrival, access: ProcessedDataAccess): Promise<boolean> {
		return await new Promise((resolve) => {
			this.arrivals.push({ ...arrival, access, resolve });
			this.wake();
			if (!this.isRunning) void this.run();
		});
	}

	private async run(): Promise<void> {
		this.isRunning = true;
		let quietAccesses = 0;
		while (this.arrivals.length + this.recorded.length > 0) {
			quietAccesses = this.arrivals.length > 0 ? 0 : quietAccesses + 1;
			const { maxEvents } = (this.arrivals.at(-1) ?? this.recorded.at(-1))!.access;
			await this.access(Math.min(MAX_BATCH, maxEvents * MAX_BATCH_SHARE));
			if (this.failures > 0) {
				await sleep(withJitter(RETRY_PAUSE_MS));
			} else {
				await sleep(maxEvents * PAUSE_PER_REMEMBERED_MS);
				await this.untilArrival(REPAIR_PAUSES_MS[quietAccesses] ?? REPAIR_MS);
			}
		}
		this.isRunning = false;
	}

	/** Resolves as soon as an event arrives, at the latest after about so many milliseconds. */
	private async untilArrival(maxWaitMs: number): Promise<void> {
		if (this.arrivals.length > 0 || this.recorded.length === 0) return;
		const arrival = new Promise<void>((resolve) => (this.wake = resolve));
		await Promise.race([arrival, sleep(withJitter(maxWaitMs))]);
	}

	/** Reads and writes the database once. */
	private async access(maxBatch: number): Promise<void> {
		const arrivals = this.arrivals.splice(0, maxBatch);
		const startedAt = monotonicNow();
		try {
			const known = await record([...this.recorded, ...arrivals]);
			this.failures = 0;
			this.forgetRecorded(startedAt - REPAIR_MS);
			for (const arrival of arrivals) this.decide(arrival, known);
		} catch (error) {
			this.failures += 1;
			if (this.failures < MAX_FAILURES) this.arrivals.unshift(...arrivals);
			else this.giveUp(arrivals, error);
		}
	}

	private decide({ resolve, ...arrival }: PendingArrival, known: ReadonlySet<string>): void {
		const isRepeat = this.isRecorded(arrival) || isKnownRepeat(arrival, known);
		if (!isRepeat) this.recorded.push({ ...arrival, recordedAt: monotonicNow() });
		resolve(isRepeat);
	}

	/** True if this process has just let the event through, whether its record is still there or not. */
	private isRecorded({ eventId, executionId }: Arrival): boolean {
		return this.recorded.some(
			(event) => event.eventId === eventId && event.executionId !== executionId,
		);
	}

	/** Also keeps half of what is remembered at most, so that repairs push out nothing that is new. */
	private forgetRecorded(before: number): void {
		const maxEvents = this.recorded.at(-1)?.access.maxEvents ?? 0;
		this.recorded = this.recorded
			.filter(({ recordedAt }) => recordedAt > before)
			.slice(-Math.ceil(maxEvents / 2));
	}

	private giveUp(arrivals: PendingArrival[], error: unknown): void {
		this.recorded = [];
		this.failures = 0;
		for (const { access, resolve } of arrivals) {
			access.onTrouble(error);
			resolve(false);
		}
	}
}

const withJitter = (milliseconds: number) => milliseconds * (1 + Math.random());

/**
 * Records events in n8n's memory.
 *
 * @returns those of their records that were there before
 */
async function record(
	events: Array<Arrival & { access: ProcessedDataAccess }>,
): Promise<Set<string>> {
	const { data, maxEvents } = events[events.length - 1].access;
	const records = [...new Set(events.flatMap(recordsOf))];
	const { processed } = await data.checkProcessedAndRecord(records, 'node', {
		mode: 'entries',
		maxEntries: maxEvents * RECORDS_PER_EVENT,
	});
	return new Set(processed.map(String));
}

/**
 * True if another execution has recorded the event. The same one may: n8n 1.x in queue mode runs an
 * execution again whose worker was killed.
 */
function isKnownRepeat(arrival: Arrival, known: ReadonlySet<string>): boolean {
	return known.has(recordOfEvent(arrival)) && !known.has(recordOfExecution(arrival));
}

const recordOfEvent = ({ eventId }: Arrival) => `event ${eventId}`;

const recordOfExecution = ({ eventId, executionId }: Arrival) =>
	`execution ${executionId} ${eventId}`;

const recordsOf = (arrival: Arrival) => [recordOfEvent(arrival), recordOfExecution(arrival)];
