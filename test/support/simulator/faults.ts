/** What to do to matching requests. Without `status`, `statusAfter`, `delayMs` and `cut` it does nothing. */
export interface Fault {
	/** Upper or lower case; undefined: any method. */
	method?: string;
	/** Tested against the path as sent, without the query, e.g. `/v1/tenants/t_demo/webhooks`. */
	path?: RegExp;
	/** How many matching requests it meets; 1 unless told. */
	times?: number;
	/** Answered instead of doing the work. */
	status?: number;
	/** Answered although the work was done. */
	statusAfter?: number;
	/** Headers of the answer with `status`. */
	headers?: Record<string, string>;
	/** Body of that answer; text goes out as it is, anything else as JSON. */
	body?: unknown;
	/** Real milliseconds to wait first, whatever the simulator's clock. */
	delayMs?: number;
	/** Breaks the connection: before anything is done, or after the work with the answer lost. */
	cut?: 'before' | 'after';
}

export interface Faults {
	/** Plans a fault. Plans are met in the order they were made, one per request. */
	next(fault: Fault): void;
	/** While true, every list hands out the cursor it was asked with, and always says there is more. */
	cursorRepeats: boolean;
	/** Forgets all plans and ends `cursorRepeats`. */
	clear(): void;
}

/** The faults planned and not yet met. */
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

	/** Uses up and returns the first plan that matches, if any. */
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
