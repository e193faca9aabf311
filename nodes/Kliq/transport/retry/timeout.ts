/** Time limit of one request. KLIQ's own SDKs give up after 30 s, too. */
export const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Ends work at a time limit. n8n's HTTP client has an idle timeout only: a response that trickles in
 * would hold it for ever.
 *
 * @param work gets a signal that is aborted at the time limit
 * @throws an error with the code `ETIMEDOUT` at the time limit; before that whatever the work throws
 */
export async function withTimeout<T>(
	milliseconds: number,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const signal = AbortSignal.timeout(milliseconds);
	let onAbort = () => {};
	const timedOut = new Promise<never>((_, reject) => {
		onAbort = () => reject(new TimeoutError());
	});
	signal.addEventListener('abort', onAbort);
	try {
		return await Promise.race([work(signal), timedOut]);
	} finally {
		// Node keeps a signal with a listener, and all that the listener refers to, until it fires.
		signal.removeEventListener('abort', onAbort);
	}
}

class TimeoutError extends Error {
	/** The property in which n8n's HTTP client reports error codes. */
	readonly httpCode = 'ETIMEDOUT';
}
