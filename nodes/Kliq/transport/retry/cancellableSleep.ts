import { sleep } from 'n8n-workflow';

import type { KliqContext } from '../../types';

const MAX_NAP_MS = 500;

/** Whether the person stopped the execution that this context belongs to. */
export function isCancelled(context: KliqContext): boolean {
	return 'getExecutionCancelSignal' in context && !!context.getExecutionCancelSignal()?.aborted;
}

/**
 * Waits for the given milliseconds, less if the execution is canceled meanwhile.
 *
 * @param isOver ends the waiting as well; asked every now and then
 */
export async function cancellableSleep(
	context: KliqContext,
	milliseconds: number,
	isOver = () => false,
): Promise<void> {
	const goesOn = () => !isCancelled(context) && !isOver();
	for (let left = milliseconds; left > 0 && goesOn(); left -= MAX_NAP_MS) {
		await sleep(Math.min(left, MAX_NAP_MS));
	}
}
