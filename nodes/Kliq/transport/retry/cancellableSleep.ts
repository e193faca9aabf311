import { sleep } from 'n8n-workflow';

/** Longest time between two checks for cancellation. */
const MAX_NAP_MS = 500;

/**
 * Sleeps for the given milliseconds, less if cancelled. n8n-workflow 2.41 no longer exports
 * `sleepWithAbort`, and nodes may not use timers, so this sleeps in short naps.
 *
 * @param isCancelled checked before each nap
 */
export async function cancellableSleep(
	milliseconds: number,
	isCancelled: () => boolean,
): Promise<void> {
	for (let left = milliseconds; left > 0 && !isCancelled(); left -= MAX_NAP_MS) {
		await sleep(Math.min(left, MAX_NAP_MS));
	}
}
