import { setTimeout as sleep } from 'node:timers/promises';

import type { RunningN8n } from '../../support/n8n';

const ANSWER = /\[memory in use: (\d+)\]/g;
const WITHIN_MS = 30_000;
const POLL_MS = 50;

/** Preloaded into n8n: on SIGUSR2 it collects garbage and prints the memory in use, in bytes. */
const PROBE = `data:text/javascript,${encodeURIComponent(`
	import v8 from 'node:v8';
	import vm from 'node:vm';
	import { isMainThread } from 'node:worker_threads';
	if (isMainThread) {
		v8.setFlagsFromString('--expose-gc');
		const collectGarbage = vm.runInNewContext('gc');
		process.on('SIGUSR2', () => {
			collectGarbage();
			const { heapUsed, external } = process.memoryUsage();
			console.log('[memory in use: ' + (heapUsed + external) + ']');
		});
	}
`)}`;

/** For the environment of an n8n whose memory `settledMemory()` is to measure. */
export const HEAP_PROBE_ENV = { NODE_OPTIONS: `--import ${PROBE}` };

/**
 * Memory of n8n's main process that garbage collection does not free, in bytes: the heap and buffers.
 * Unlike the resident memory it does not depend on when V8 collects.
 */
async function memoryInUse(n8n: RunningN8n): Promise<number> {
	const before = answers(n8n).length;
	process.kill(n8n.pid, 'SIGUSR2');
	for (let waited = 0; waited < WITHIN_MS; waited += POLL_MS) {
		const all = answers(n8n);
		if (all.length > before) return Number(all.at(-1)![1]);
		await sleep(POLL_MS);
	}
	throw new Error(`n8n has not said in ${WITHIN_MS} ms how much memory it uses`);
}

/** The minimum of ten `memoryInUse()`, a second apart: n8n frees some memory only after a while. */
export async function settledMemory(n8n: RunningN8n): Promise<number> {
	let lowest = Infinity;
	for (let count = 0; count < 10; count++) {
		lowest = Math.min(lowest, await memoryInUse(n8n));
		await sleep(1_000);
	}
	return lowest;
}

const answers = (n8n: RunningN8n) => [...n8n.logs().matchAll(ANSWER)];
