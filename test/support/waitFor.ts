import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 250;

/**
 * Checks again and again until the check passes.
 *
 * @returns what the check returns
 * @throws what the check threw last, after `withinMs`
 */
export async function waitFor<T>(
	check: () => T | Promise<T>,
	withinMs = 60_000,
	pollMs = POLL_MS,
): Promise<T> {
	const deadline = Date.now() + withinMs;
	for (;;) {
		try {
			return await check();
		} catch (error) {
			if (Date.now() > deadline) throw error;
			await sleep(pollMs);
		}
	}
}
