/** Longest total wait of one request, for retries and in the queue, unless its session's is shorter. */
export const MAX_TOTAL_WAIT_MS = 60_000;
