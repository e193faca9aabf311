const MIN_MS = 100;
const MAX_MS = 1_000;
const PART_OF_WAIT = 0.1;

/**
 * How long to wait before the next look at what is awaited, in milliseconds: a tenth of the time waited
 * so far. A request costs n8n some 20 ms of its one thread, so cases that wait at the same time and ask
 * at short intervals would keep it from its work.
 */
export const pollInterval = (waitedMs: number) =>
	Math.min(Math.max(MIN_MS, waitedMs * PART_OF_WAIT), MAX_MS);
