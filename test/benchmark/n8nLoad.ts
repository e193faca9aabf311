import { setTimeout as sleep } from 'node:timers/promises';

import type { RunningN8n } from '../support/n8n';
import { secondsOf, type Sample } from './measure';

const POLLING_INTERVAL_MS = 100;
/** CPU seconds of one polling interval that an idle n8n may use: two ticks of Linux's CPU clock. */
const MAX_IDLE_CPU_SECONDS = 0.02;
const SETTLED_WITHIN_MS = 5_000;

/** Wall-clock seconds until the work was done; CPU seconds of n8n's main process until it was idle. */
export type Load = Sample<'wall' | 'cpu'>;

/** Measures what the work costs n8n, including what n8n does after its last response. */
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
		await sleep(POLLING_INTERVAL_MS);
		const now = await n8n.cpuSeconds();
		if (now - before <= MAX_IDLE_CPU_SECONDS) return;
		before = now;
	}
}
