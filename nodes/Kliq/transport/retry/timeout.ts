/** KLIQ's own SDKs give up on a request after 30 s. */
export const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Waits for work no longer than for some milliseconds. n8n's HTTP client only measures how long
 * nothing comes, so an answer that drips in would hold it for ever.
 *
 * @param work is given a signal that is aborted when the time is up, for it to stop
 * @throws an error with the code `ETIMEDOUT` when the time is up before; else what the work throws
 */
export async function withTimeout<T>(
	milliseconds: number,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const signal = AbortSignal.timeout(milliseconds);
	let giveUp = () => {};
	const timeIsUp = new Promise<never>((_, reject) => {
		giveUp = () => reject(new TimeoutError());
	});
	signal.addEventListener('abort', giveUp);
	try {
		return await Promise.race([work(signal), timeIsUp]);
	} finally {
		// Node keeps a signal that is listened to, and all that hangs on it, until its time is up.
		signal.removeEventListener('abort', giveUp);
	}
}

class TimeoutError extends Error {
	/** Where n8n puts the code of its HTTP client's errors. */
	readonly httpCode = 'ETIMEDOUT';
}
