import type { Exchange } from '../kliqProxy';
import type { Session } from '../session';
import type { Access } from './lists';

const ATTEMPTS = 3;
/** Requests to the other route between two to the first. */
const BETWEEN = 3;

/** Asks one route, another one some times, and the first again: do their counters move together? */
export async function probeRateLimits(session: Session, access: Access): Promise<void> {
	const { findings } = session;
	const routes = (['webhook', 'observation', 'cvJob'] as const).filter((each) => access[each]);
	const [one, other] = routes;
	if (other === undefined) return;

	for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
		const first = counterOf((await session.list(one, 1)).last);
		for (let each = 0; each < BETWEEN; each++) await session.list(other, 1);
		const second = counterOf((await session.list(one, 1)).last);
		if (first === undefined || second === undefined) return;
		// In a new window both have started anew.
		if (first.reset !== second.reset) continue;

		const used = first.remaining - second.remaining;
		const seen = `${used} counted on one route after ${BETWEEN} requests to another and 1 to it`;
		if (used > BETWEEN) findings.held('KLIQ-RATE-SHARED', seen);
		else if (used === 1) findings.differs('KLIQ-RATE-SHARED', seen);
		else findings.notSeen('KLIQ-RATE-SHARED', `${seen}: other requests disturb the counting`);
		return;
	}
	findings.notSeen('KLIQ-RATE-SHARED', 'a new window began each time');
}

function counterOf(exchange?: Exchange): { remaining: number; reset: string } | undefined {
	const headers = exchange?.answer?.headers ?? {};
	const { 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset } = headers;
	if (remaining === undefined || reset === undefined) return undefined;
	return { remaining: Number(remaining), reset: String(reset) };
}
