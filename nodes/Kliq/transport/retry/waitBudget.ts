import type { KliqContext } from '../../types';
import { isCancelled, cancellableSleep } from './cancellableSleep';
import { MAX_TOTAL_WAIT_MS } from './retryPolicy';

/** What is left of the time that one call may spend waiting between its tries. */
export class WaitBudget {
	private left = MAX_TOTAL_WAIT_MS;

	/** @param until when it ends at the latest, in milliseconds since 1970 */
	constructor(
		private readonly context: KliqContext,
		private readonly until = Infinity,
	) {}

	/** Whether it lasts for so many milliseconds. */
	lastsFor(milliseconds: number): boolean {
		return milliseconds <= this.left && Date.now() + milliseconds <= this.until;
	}

	/**
	 * Waits, less if the execution is canceled meanwhile, and not at all if the patience does not last.
	 *
	 * @returns whether it has waited, and nobody has canceled
	 */
	async wait(milliseconds: number): Promise<boolean> {
		if (isCancelled(this.context) || !this.lastsFor(milliseconds)) return false;
		this.left -= milliseconds;
		await cancellableSleep(this.context, milliseconds);
		return !isCancelled(this.context);
	}
}
