import { hasEvents, isActive } from '../../subscriptions/compare';
import { idOf } from '../../transport/entity';
import type { NewSubscription, Subscription } from '../../types';
import { isSameAddress, isSameTriggerElsewhere, keyIdIn } from './subscriptionUrl';

/** What a trigger wants KLIQ to hold. */
export interface Desired {
	/** The node's webhook URL, without a query. */
	webhookUrl: string;
	/** The one subscription that delivers to it; undefined for none: the workflow is unpublished. */
	subscription?: NewSubscription;
}

/** A subscription as the trigger made it, for lists that hide URLs, drop queries or lag. */
export interface Remembered {
	id: string;
	/** As it was sent, with the key ID. */
	url: string;
}

/** Why a subscription has to be made. */
export type Reason =
	/** The trigger remembers none, and KLIQ lists none. */
	| 'first'
	/** The trigger remembers one at another address only. */
	| 'moved'
	/** The one that is listed or remembered has the key ID of another secret. */
	| 'credential'
	/** What is listed has no key ID or no URL, and the trigger does not remember it. */
	| 'unknown'
	/** The one that is remembered is not listed. */
	| 'gone'
	/** KLIQ has switched it off. */
	| 'off'
	/** It is for other events. */
	| 'events';

/** Reasons for which events may have been lost, so that the owner is told. The others are logged. */
export type Outage = Extract<Reason, 'off' | 'gone' | 'events'>;

/** What has to be done, and for what reason. */
export interface Plan {
	/** ID of the right subscription, if there is one. */
	keep?: string;
	/** Why one has to be made; undefined if none has. */
	create?: Reason;
	/** IDs of the trigger's other subscriptions at its address, to be deleted after that. */
	remove: string[];
	/** Subscriptions of the same trigger at other addresses: evidence decides (`elsewhere.ts`). */
	elsewhere: Subscription[];
}

/** True if KLIQ holds exactly what is desired. */
export const isInOrder = ({ keep, remove }: Plan) => keep !== undefined && remove.length === 0;

/**
 * Compares what KLIQ lists with what a trigger desires. Pure: no request, no clock.
 *
 * A subscription is the trigger's if its URL without the query is the webhook URL, or if the trigger
 * remembers its ID at that URL. It is right if it is also active, has the key ID of the secret (the
 * listed one, else the remembered one) and the events.
 *
 * | desired | the trigger's in the list | keep      | create       | remove                        |
 * | ------- | ------------------------- | --------- | ------------ | ----------------------------- |
 * | one     | one right                 | it        | –            | –                             |
 * | one     | several, some right       | least ID  | –            | the others                    |
 * | one     | some, none right          | –         | see `Reason` | these, and what is remembered |
 * | one     | none                      | –         | see `Reason` | what is remembered            |
 * | none    | any                       | –         | –            | these, and what is remembered |
 *
 * The least ID, so that two n8n with the same address keep the same one. What has no valid ID (then it
 * is empty) cannot be deleted, which matters only to a trigger that desires none.
 *
 * Assumptions: KLIQ-SUB-URL, KLIQ-SUB-URL-QUERY, KLIQ-SUB-ACTIVE, KLIQ-SUB-DISABLED, KLIQ-SUB-EVENTS.
 *
 * @param listed all subscriptions of the account
 * @param memory what the trigger remembers, at whatever address
 */
export function planSubscription(
	{ webhookUrl, subscription: desired }: Desired,
	listed: Subscription[],
	memory: Remembered[],
): Plan {
	const remembered = memory.filter(({ url }) => isSameAddress(url, webhookUrl));
	const rememberedUrl = (each: Subscription) => remembered.find(({ id }) => id === idOf(each))?.url;
	const ours = listed.filter(
		(each) => isSameAddress(each.url, webhookUrl) || rememberedUrl(each) !== undefined,
	);
	const elsewhere = listed.filter(
		(each) => !ours.includes(each) && isElsewhere(each, webhookUrl, memory),
	);
	const keyIdOf = (each: Subscription) => keyIdIn(each.url) ?? keyIdIn(rememberedUrl(each));
	const isRight = (each: Subscription) =>
		desired !== undefined &&
		isActive(each) &&
		keyIdOf(each) === keyIdIn(desired.url) &&
		hasEvents(each, desired.events);

	const ids = ours.map(idOf);
	const rightIds = ours.filter(isRight).map(idOf).sort();
	const keep = rightIds.find((id) => id !== '') ?? rightIds.at(0);
	if (keep !== undefined) {
		return { keep, remove: ids.filter((id) => id !== keep && id !== ''), elsewhere };
	}
	const all = [...new Set([...ids, ...remembered.map(({ id }) => id)])];
	if (desired === undefined) return { remove: all, elsewhere };
	const remove = all.filter((id) => id !== '');
	const create =
		ours.length > 0
			? defectOf(ours, ours.map(keyIdOf), desired)
			: reasonOfAbsence(listed, memory, remembered, desired, elsewhere.length > 0);
	return { create, remove, elsewhere };
}

function isElsewhere(each: Subscription, webhookUrl: string, memory: Remembered[]): boolean {
	const isRemembered = memory.some(
		({ id, url }) => id === idOf(each) || isSameAddress(url, each.url),
	);
	return isRemembered || isSameTriggerElsewhere(each.url, webhookUrl);
}

/** What is wrong with the trigger's subscriptions, none of which is right. */
function defectOf(
	ours: Subscription[],
	keyIds: Array<string | undefined>,
	desired: NewSubscription,
): Reason {
	if (!ours.every(isActive)) return 'off';
	if (keyIds.includes(keyIdIn(desired.url))) return 'events';
	return keyIds.some((keyId) => keyId !== undefined) ? 'credential' : 'unknown';
}

function reasonOfAbsence(
	listed: Subscription[],
	memory: Remembered[],
	remembered: Remembered[],
	desired: NewSubscription,
	isElsewhere: boolean,
): Reason {
	const keyId = keyIdIn(desired.url);
	// The trigger has lived elsewhere since it has stored what it remembers.
	if (isElsewhere) return 'moved';
	// It may be there without its URL.
	if (listed.some(({ url }) => typeof url !== 'string')) return 'unknown';
	if (remembered.some(({ url }) => keyIdIn(url) === keyId)) return 'gone';
	if (remembered.length > 0) return 'credential';
	return memory.length > 0 ? 'moved' : 'first';
}
