import { setTimeout as sleep } from 'node:timers/promises';

import { pollInterval } from './pollInterval';

const WITHIN_MS = 180_000;

/**
 * Checks again and again until the check passes.
 *
 * @param pollMs a fixed interval, where the moment counts; longer and longer ones if not given
 * @returns what the check returns
 * @throws what the check threw last, after `withinMs`
 */
export async function waitFor<T>(
	check: () => T | Promise<T>,
	withinMs = WITHIN_MS,
	pollMs?: number,
): Promise<T> {
	const begun = Date.now();
	for (;;) {
		try {
			return await check();
		} catch (error) {
			const waitedMs = Date.now() - begun;
			if (waitedMs > withinMs) throw error;
			await sleep(pollMs ?? pollInterval(waitedMs));
		}
	}
}
