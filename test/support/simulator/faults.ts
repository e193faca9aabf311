/** What to do to matching requests. Without `status`, `statusAfter`, `delayMs` and `cut` it does nothing. */
export interface Fault {
	/** In any case; undefined matches every method. */
	method?: string;
	/** Tested against the path as sent, without the query, e.g. `/v1/tenants/t_demo/webhooks`. */
	path?: RegExp;
	/** Number of matching requests it applies to; 1 by default. */
	times?: number;
	/** Answered instead of doing the work. */
	status?: number;
	/** Answered although the work was done. */
	statusAfter?: number;
	/** Headers of the answer with `status`. */
	headers?: Record<string, string>;
	/** Body of that answer; text goes out as it is, anything else as JSON. */
	body?: unknown;
	/** Delay before anything else, in real milliseconds, independent of the simulator's clock. */
	delayMs?: number;
	/** Closes the connection before the work, or after it without an answer. */
	cut?: 'before' | 'after';
}

export interface Faults {
	/** Queues a fault. One fault applies to one request, first in, first out. */
	next(fault: Fault): void;
	/** While true, every list returns the cursor of its request, and `hasMore: true`. */
	cursorRepeats: boolean;
	/** Removes all queued faults and resets `cursorRepeats`. */
	clear(): void;
}

/** The queued faults. */
export class FaultPlan implements Faults {
	cursorRepeats = false;

	private planned: Array<{ fault: Fault; left: number }> = [];

	next(fault: Fault): void {
		this.planned.push({ fault, left: fault.times ?? 1 });
	}

	clear(): void {
		this.planned = [];
		this.cursorRepeats = false;
	}

	/** Takes the first matching fault from the queue, if any. */
	take(method: string, path: string): Fault | undefined {
		const plan = this.planned.find(({ fault, left }) => left > 0 && matches(fault, method, path));
		if (plan) plan.left -= 1;
		return plan?.fault;
	}
}

function matches(fault: Fault, method: string, path: string): boolean {
	const methodFits = !fault.method || fault.method.toUpperCase() === method.toUpperCase();
	// search(), unlike test(), keeps no position in a /g expression from one request to the next.
	return methodFits && (!fault.path || path.search(fault.path) >= 0);
}
