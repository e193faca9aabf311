import { hasEvents, isActive, isSameUrl } from '../subscriptions/compare';
import { idOf } from '../transport/entity';
import type { Subscription } from '../types';
import type { KnownSubscription } from './subscriptionState';

/** Why the trigger's subscription must be made anew. */
export type Defect =
	/** KLIQ does not deliver to it any more. */
	| 'inactive'
	/** The list does not show it. */
	| 'missing'
	/** There are several, and the one that this n8n made is not among them or not in order. */
	| 'doubled'
	/** It is for other events. */
	| 'events'
	/** It was made with another signing secret. */
	| 'secret'
	/** Nobody knows with which signing secret it was made. */
	| 'unknownSecret'
	/** It delivers to an earlier URL of the trigger. */
	| 'address';

/** What a health check finds. */
export type Diagnosis =
	| { kind: 'healthy'; subscription: KnownSubscription }
	/** The right one, and others beside it that must go. */
	| { kind: 'surplus'; subscription: KnownSubscription; otherIds: string[] }
	| { kind: 'defective'; defect: Defect; ids: string[] };

/** What the trigger needs, and what is known of its subscription. */
export interface Expectation {
	url: string;
	/** Where the subscription delivers that has still to move to `url`. */
	previousUrl?: string;
	events: string[];
	/** Of the secret that the subscription must have. */
	fingerprint: string;
	/** The subscription that should deliver, as its maker remembers it. */
	known?: KnownSubscription;
	/** IDs of ours, which identify ours as well as the URL does. */
	ownIds: ReadonlySet<string>;
	/** IDs that a lagging list may still show. */
	deletedIds: ReadonlySet<string>;
}

/**
 * Compares a list of subscriptions with what the trigger needs: exactly one active subscription with
 * its URL, for its events, with its secret. KLIQ never shows a secret, so the fingerprint stands for
 * it, that was remembered when the subscription was made.
 *
 * Assumptions: KLIQ-SUB-URL, KLIQ-SUB-SECRET, KLIQ-SUB-LAG.
 */
export function diagnose(listed: Subscription[], expected: Expectation): Diagnosis {
	const { url, previousUrl, known, ownIds, deletedIds } = expected;
	const isOurs = (each: Subscription) =>
		isSameUrl(each.url, url) || ownIds.has(idOf(each)) || isSameUrl(each.url, previousUrl);
	const ours = listed.filter((each) => isOurs(each) && !deletedIds.has(idOf(each)));
	const ids = ours.map(idOf);
	if (ours.length === 0) return { kind: 'defective', defect: 'missing', ids };

	if (ours.length === 1) {
		const defect = findDefect(ours[0], expected);
		if (defect !== undefined) return { kind: 'defective', defect, ids };
		return { kind: 'healthy', subscription: toKnown(ours[0], expected) };
	}
	// Another one may have any secret: only our own is certain to be right.
	const own = ours.find((each) => idOf(each) === known?.id);
	if (own === undefined) return { kind: 'defective', defect: commonDefect(ours, expected), ids };
	// The others may be of a health check that was killed while it replaced ours.
	const defect = findDefect(own, expected);
	if (defect !== undefined) return { kind: 'defective', defect, ids };
	return {
		kind: 'surplus',
		subscription: toKnown(own, expected),
		otherIds: ids.filter((id) => id !== idOf(own)),
	};
}

const toKnown = (subscription: Subscription, { url, fingerprint }: Expectation) => ({
	id: idOf(subscription),
	url,
	fingerprint,
});

/** The defect of all that have one; `doubled` where none has, or they differ. */
function commonDefect(ours: Subscription[], expected: Expectation): Defect {
	const defects = new Set(ours.map((each) => findDefect(each, expected)));
	const [defect, ...others] = [...defects].filter((each) => each !== undefined);
	return defect === undefined || others.length > 0 ? 'doubled' : defect;
}

/**
 * What is wrong with a subscription by itself; undefined if nothing is.
 *
 * Assumptions: KLIQ-SUB-ACTIVE, KLIQ-SUB-DISABLED, KLIQ-SUB-EVENTS.
 */
function findDefect(
	subscription: Subscription,
	{ url, events, fingerprint, known }: Expectation,
): Defect | undefined {
	if (!isActive(subscription)) return 'inactive';
	const isKnown = idOf(subscription) === known?.id;
	// A list may write a URL another way than it was sent: then our memory of it counts.
	if (!isSameUrl(subscription.url, url) && !(isKnown && known.url === url)) return 'address';
	if (!hasEvents(subscription, events)) return 'events';
	if (known?.fingerprint === fingerprint) return undefined;
	return isKnown && known.fingerprint !== undefined ? 'secret' : 'unknownSecret';
}
