import { setTimeout as sleep } from 'node:timers/promises';

const WITHIN_MS = 180_000;
const POLL_MS = 100;

/**
 * Checks again and again until the check passes.
 *
 * @returns what the check returns
 * @throws what the check threw last, after `withinMs`
 */
export async function waitFor<T>(
	check: () => T | Promise<T>,
	withinMs = WITHIN_MS,
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
