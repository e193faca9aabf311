const MIN_MS = 250;
const MAX_MS = 1_500;
const PART_OF_WAIT = 0.2;

/**
 * How long to wait before the next look at what is awaited, in milliseconds: a fifth of the time waited
 * so far. A request costs n8n some 30 ms of its one thread, so cases that wait at the same time and ask
 * at short intervals would keep it from its work.
 */
export const pollInterval = (waitedMs: number) =>
	Math.min(Math.max(MIN_MS, waitedMs * PART_OF_WAIT), MAX_MS);
