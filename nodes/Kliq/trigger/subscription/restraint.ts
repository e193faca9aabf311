import { idOf } from '../../transport/entity';
import type { Subscription } from '../../types';
import { monotonicNow } from '../../utils/monotonicClock';
import { CHECK_INTERVAL_MS, MIN_REPLACEMENT_INTERVAL_MS } from './checkInterval';
import type { Reason } from './plan';
import type { Publication } from './publication';
import { isSameAddress, keyIdIn } from './subscriptionUrl';

/** Why a health check subscribes later, although it has found no right subscription. */
export type Restraint =
	/** The newest one was never listed: the list may lag. One interval later it counts. */
	| 'unlisted'
	/** The answer of a POST was lost, and what has come to the list since may be what it has made. */
	| 'lostAnswer'
	/** It has made up for an outage less than an hour ago: KLIQ may end each one for a reason. */
	| 'tooSoon';

/**
 * What holds a health check back, so that the number of subscriptions that it makes is bounded also where
 * answers get lost, and lists lag or hide something. A changed credential or address is another URL, so it
 * is followed at once.
 *
 * Assumptions: KLIQ-SUB-LAG, KLIQ-SUB-URL, KLIQ-SUB-URL-QUERY.
 *
 * @param url of the subscription to be made, with the key ID
 */
export function restraintOf(
	publication: Publication,
	{ url, planned, listed }: { url: string; planned: Reason; listed: Subscription[] },
): Restraint | undefined {
	const { unlisted, uncertainSince, replacement } = publication;
	if (planned === 'gone' && unlisted?.url === url && isYounger(unlisted.at, CHECK_INTERVAL_MS)) {
		return 'unlisted';
	}
	if (
		isYounger(uncertainSince, MIN_REPLACEMENT_INTERVAL_MS) &&
		listed.some((each) => mayBeLost(each, publication))
	) {
		return 'lostAnswer';
	}
	const isTooSoon =
		replacement?.url === url && isYounger(replacement.at, MIN_REPLACEMENT_INTERVAL_MS);
	return isTooSoon ? 'tooSoon' : undefined;
}

/** True for one that has come since the POST, and whose URL or key ID the list does not show. */
function mayBeLost(subscription: Subscription, { listedIds, webhookUrl }: Publication): boolean {
	if (listedIds === undefined || listedIds.has(idOf(subscription))) return false;
	const { url } = subscription;
	const hasNoKeyId = isSameAddress(url, webhookUrl) && keyIdIn(url) === undefined;
	return typeof url !== 'string' || hasNoKeyId;
}

const isYounger = (at: number | undefined, milliseconds: number) =>
	at !== undefined && monotonicNow() - at < milliseconds;
