import { sleep } from 'n8n-workflow';

import type { KliqContext } from '../../types';

const LONGEST_NAP_MS = 500;

/** Whether the person stopped the execution that this context belongs to. */
export function isCancelled(context: KliqContext): boolean {
	return 'getExecutionCancelSignal' in context && !!context.getExecutionCancelSignal()?.aborted;
}

/**
 * Waits for the given milliseconds, less if the execution is canceled meanwhile.
 *
 * @param isOver ends the waiting as well; asked every now and then
 */
export async function pause(
	context: KliqContext,
	milliseconds: number,
	isOver = () => false,
): Promise<void> {
	const goesOn = () => !isCancelled(context) && !isOver();
	for (let left = milliseconds; left > 0 && goesOn(); left -= LONGEST_NAP_MS) {
		await sleep(Math.min(left, LONGEST_NAP_MS));
	}
}
