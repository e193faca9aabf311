import { monotonicNow } from '../../utils/monotonicClock';
import { MAX_TOTAL_WAIT_MS } from './retryPolicy';

/** How long one call may still wait: MAX_TOTAL_WAIT_MS over all its attempts, and not past its deadline. */
export class WaitBudget {
	private left = MAX_TOTAL_WAIT_MS;

	/** @param callDeadline on the monotonic clock, in milliseconds */
	constructor(private readonly callDeadline: number) {}

	/** True if the budget covers a wait of so many milliseconds. */
	allows(milliseconds: number): boolean {
		return milliseconds <= this.left && monotonicNow() + milliseconds <= this.callDeadline;
	}

	/** Takes a wait off the budget. */
	spend(milliseconds: number): void {
		this.left -= milliseconds;
	}

	/** When a wait that begins now must end, on the monotonic clock, in milliseconds. */
	get waitDeadline(): number {
		return Math.min(monotonicNow() + this.left, this.callDeadline);
	}
}
