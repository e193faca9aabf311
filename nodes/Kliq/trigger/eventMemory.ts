import { sleep, type DeduplicationHelperFunctions } from 'n8n-workflow';

/** How many events a trigger remembers: unless the user says otherwise, at least, at most. */
export const DEFAULT_REMEMBERED = 1_000;
export const MIN_REMEMBERED = 100;
export const MAX_REMEMBERED = 10_000;

/** Records of one event (see `recordsOf`). */
const RECORDS_PER_EVENT = 2;

/** Most arrivals that one access records. With those to be confirmed, never more than are remembered. */
const MAX_BATCH = MIN_REMEMBERED / 2;

/** Pause between two accesses; up to as much is added at random, so that processes get out of step. */
const MIN_PAUSE_MS = 25;

/** Failed accesses in a row after which events go on unremembered. */
const MAX_FAILURES = 4;

/** Accesses that look for a record and do not find it, after which its event goes on. */
const MAX_CONFIRMATIONS = 6;

/** An event that has come to the trigger, and the execution that n8n has started for it. */
export interface Arrival {
	eventId: string;
	executionId: string;
}

/** Access to n8n's memory of the node, and how to use it. */
export interface MemoryAccess {
	data: Pick<DeduplicationHelperFunctions, 'checkProcessedAndRecord'>;
	/** How many events to remember. */
	maxEvents: number;
	/** Is told why the memory does not work. */
	onTrouble(reason: unknown): void;
}

interface PendingArrival extends Arrival {
	access: MemoryAccess;
	confirmations: number;
	resolve(isRepeat: boolean): void;
}

/**
 * What one trigger node remembers of the events that it has let through, in n8n's database.
 *
 * n8n keeps the records of a node in one row, which it reads, changes and writes back without a lock;
 * the first two writers also collide on the primary key (n8n, `DeduplicationHelper`). So within a
 * process accesses take turns, and one access serves all arrivals that wait (group commit). Another
 * process can still overwrite a record. So the next access, after a pause, looks for each record again,
 * and the event goes on once it is found.
 */
export class EventMemory {
	private arrivals: PendingArrival[] = [];
	private unconfirmed: PendingArrival[] = [];
	private failures = 0;
	private isRunning = false;

	private get isIdle(): boolean {
		return this.arrivals.length === 0 && this.unconfirmed.length === 0;
	}

	/**
	 * Tells whether the event has been let through before, and remembers it. An event that cannot be
	 * remembered is no repeat: none may be lost.
	 */
	async isRepeat(arrival: Arrival, access: MemoryAccess): Promise<boolean> {
		return await new Promise((resolve) => {
			this.arrivals.push({ ...arrival, access, confirmations: 0, resolve });
			if (!this.isRunning) void this.run();
		});
	}

	private async run(): Promise<void> {
		this.isRunning = true;
		while (!this.isIdle) {
			await this.processBatch();
			if (!this.isIdle) await sleep(MIN_PAUSE_MS * (1 + Math.random()));
		}
		this.isRunning = false;
	}

	private async processBatch(): Promise<void> {
		const arrivals = this.arrivals.splice(0, MAX_BATCH);
		const unconfirmed = this.unconfirmed.splice(0);
		try {
			const known = await record([...unconfirmed, ...arrivals]);
			this.failures = 0;
			const passing = new Set(unconfirmed.map(({ eventId }) => eventId));
			for (const pending of unconfirmed) this.confirm(pending, known);
			for (const arrival of arrivals) {
				if (passing.has(arrival.eventId) || isKnownRepeat(arrival, known)) arrival.resolve(true);
				else this.unconfirmed.push(arrival);
				passing.add(arrival.eventId);
			}
		} catch (error) {
			this.retryOrGiveUp(arrivals, unconfirmed, error);
		}
	}

	private confirm(pending: PendingArrival, known: ReadonlySet<string>): void {
		pending.confirmations += 1;
		const isRecorded = recordsOf(pending).every((entry) => known.has(entry));
		if (!isRecorded && pending.confirmations < MAX_CONFIRMATIONS) {
			this.unconfirmed.push(pending);
			return;
		}
		if (!isRecorded) pending.access.onTrouble('other n8n processes keep overwriting the record');
		pending.resolve(false);
	}

	private retryOrGiveUp(
		arrivals: PendingArrival[],
		unconfirmed: PendingArrival[],
		error: unknown,
	): void {
		this.failures += 1;
		if (this.failures < MAX_FAILURES) {
			this.arrivals.unshift(...arrivals);
			this.unconfirmed.unshift(...unconfirmed);
			return;
		}
		for (const { access, resolve } of [...unconfirmed, ...arrivals]) {
			access.onTrouble(error);
			resolve(false);
		}
	}
}

/**
 * Records arrivals in n8n's memory.
 *
 * @returns those of their records that were there before
 */
async function record(pending: PendingArrival[]): Promise<Set<string>> {
	const [{ access }] = pending;
	const records = [...new Set(pending.flatMap(recordsOf))];
	const { processed } = await access.data.checkProcessedAndRecord(records, 'node', {
		mode: 'entries',
		maxEntries: access.maxEvents * RECORDS_PER_EVENT,
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
