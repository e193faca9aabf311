import { setTimeout as sleep } from 'node:timers/promises';

import type { RunningN8n } from '../support/n8n';
import { secondsOf, type Sample } from './measure';

const LOOK_EVERY_MS = 100;
/** Two ticks of Linux's processor clock in 100 ms: what an n8n without work may take. */
const IDLE_SECONDS = 0.02;
const SETTLED_WITHIN_MS = 5_000;

/** Seconds by the wall clock until the work was done, and of n8n's main process until it was idle again. */
export type Load = Sample<'wall' | 'cpu'>;

/** Measures what a piece of work costs n8n, what it does after its last answer included. */
export async function loadOf(n8n: RunningN8n, work: () => Promise<unknown>): Promise<Load> {
	await untilIdle(n8n);
	const before = await n8n.cpuSeconds();
	const wall = await secondsOf(work);
	await untilIdle(n8n);
	return { wall, cpu: (await n8n.cpuSeconds()) - before };
}

/** Waits until n8n's main process has next to nothing to do, 5 s at most. */
export async function untilIdle(n8n: RunningN8n): Promise<void> {
	const deadline = Date.now() + SETTLED_WITHIN_MS;
	let before = await n8n.cpuSeconds();
	while (Date.now() < deadline) {
		await sleep(LOOK_EVERY_MS);
		const now = await n8n.cpuSeconds();
		if (now - before <= IDLE_SECONDS) return;
		before = now;
	}
}
