import type { KliqSimulator, LoggedRequest } from './simulator';

const SAMPLING_INTERVAL_MS = 5;

/** The requests that the simulator received with this HTTP method, oldest first. */
export function requestsWith(kliq: KliqSimulator, method: string): LoggedRequest[] {
	return kliq.requests.filter((request) => request.method === method);
}

/** Runs `work`. @returns its result, and the maximum number of requests in flight meanwhile */
export async function withMaxInFlight<T>(
	kliq: KliqSimulator,
	work: () => Promise<T>,
): Promise<{ result: T; maxInFlight: number }> {
	let maxInFlight = 0;
	const sampling = setInterval(() => {
		const inFlight = kliq.requests.filter(({ status }) => status === undefined).length;
		maxInFlight = Math.max(maxInFlight, inFlight);
	}, SAMPLING_INTERVAL_MS);
	try {
		return { result: await work(), maxInFlight };
	} finally {
		clearInterval(sampling);
	}
}
