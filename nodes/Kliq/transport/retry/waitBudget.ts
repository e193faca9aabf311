import { monotonicNow } from '../../utils/monotonicClock';

/** How long one call may still wait, over all its attempts, and not past its deadline. */
export class WaitBudget {
	/**
	 * @param callDeadline on the monotonic clock, in milliseconds
	 * @param left milliseconds
	 */
	constructor(
		private readonly callDeadline: number,
		private left: number,
	) {}

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
