import { sleep } from 'n8n-workflow';

import { listSubscriptions } from '../../subscriptions/api';
import type { KliqClient } from '../../transport/client';
import { accountKey } from '../../transport/credentials';
import type { Subscription } from '../../types';
import { monotonicNow } from '../../utils/monotonicClock';

interface ListWalk {
	/** On the monotonic clock, in milliseconds. */
	startedAt: number;
	result: Promise<Subscription[]>;
}

/** The newest walk of each account's list. */
const walks = new Map<string, ListWalk>();

/**
 * Reads the whole list of an account's subscriptions. Coalesces callers of one account into one walk of
 * the list, also one that failed: 200 triggers must not read it 200 times.
 *
 * @param notBefore when the walk may begin at the earliest, on the monotonic clock: an older one does
 * not show what the caller has changed. The call waits for that time
 * @param minIntervalMs milliseconds from the start of one walk of an account to the start of the next;
 * a caller that needs a newer one waits
 * @throws NodeApiError as `paginate`
 */
export async function listShared(
	kliq: KliqClient,
	notBefore: number,
	minIntervalMs: number,
): Promise<Subscription[]> {
	const account = accountKey(kliq.credentials);
	// A timer may fire a little early.
	while (monotonicNow() < notBefore) await sleep(Math.ceil(notBefore - monotonicNow()));
	for (;;) {
		const now = monotonicNow();
		const walk = walks.get(account);
		if (walk === undefined || now >= walk.startedAt + minIntervalMs) {
			forgetBefore(now - minIntervalMs);
			walks.set(account, { startedAt: now, result: listSubscriptions(kliq) });
		} else if (walk.startedAt >= notBefore) {
			return await walk.result;
		} else {
			await sleep(walk.startedAt + minIntervalMs - now);
		}
	}
}

function forgetBefore(startedAt: number): void {
	for (const [account, walk] of walks) if (walk.startedAt < startedAt) walks.delete(account);
}
