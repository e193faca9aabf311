import assert from 'node:assert/strict';

import type { KliqSimulator } from './simulator';
import { waitFor } from './waitFor';

/** When each walk of a tenant's subscription list began, in milliseconds since 1970. */
export function listWalks(kliq: KliqSimulator, tenantId: string): number[] {
	return kliq.requests
		.filter(({ method, path }) => method === 'GET' && path.endsWith(`/${tenantId}/webhooks`))
		.filter(({ query }) => query.cursor === undefined)
		.map(({ receivedAt }) => receivedAt);
}

/**
 * Waits until a health check that begins after now has come to its end. A trigger walks the list once in
 * each, and never makes two at the same time.
 *
 * @param triggers how many look after the tenant's subscriptions, all at the same interval
 */
export async function nextCheck(
	kliq: KliqSimulator,
	tenantId: string,
	triggers = 1,
): Promise<void> {
	const before = listWalks(kliq, tenantId).length;
	await waitFor(() => assert.ok(listWalks(kliq, tenantId).length >= before + 2 * triggers));
}
