import type { IDataObject } from 'n8n-workflow';

import { idOfMade } from '../transport/createdId';
import { paginate, type ListCall } from '../transport/pagination';
import { kliqApiRequest } from '../transport/request';
import { deleteById, unwrapEntity } from '../transport/entity';
import type { KliqCall, KliqContext, NewSubscription, Subscription } from '../types';

/** KLIQ's list of webhook subscriptions, for the list functions of the client. */
export const SUBSCRIPTIONS = {
	path: ['webhooks'],
	thing: 'webhook subscription',
	scope: 'webhooks:manage',
} satisfies ListCall;

/**
 * Walks the tenant's webhook subscriptions, page by page.
 *
 * @param most subscriptions that the caller will take at most
 * @throws NodeApiError as `kliqRequest`
 */
export function listSubscriptions(
	context: KliqContext,
	{ most, itemIndex }: { most?: number; itemIndex?: number } = {},
): AsyncGenerator<Subscription> {
	return paginate<Subscription>(context, { ...SUBSCRIPTIONS, itemIndex }, most);
}

/**
 * Subscribes.
 *
 * @returns KLIQ's answer, with its id as a string
 * @throws NodeApiError as `kliqRequest`, and when the answer holds no id
 */
export async function createSubscription(
	context: KliqContext,
	subscription: NewSubscription,
	more: Pick<KliqCall, 'itemIndex' | 'cleansUp'> = {},
): Promise<IDataObject & { id: string }> {
	const body = { ...subscription };
	const answer = await kliqApiRequest(context, { ...SUBSCRIPTIONS, ...more, method: 'POST', body });
	const created = unwrapEntity(answer);
	const id = idOfMade(context, created, { thing: SUBSCRIPTIONS.thing, verb: 'made', ...more });
	return { ...created, id };
}

/**
 * Ends a subscription.
 *
 * @throws NodeOperationError for a blank id, NodeApiError as `kliqRequest`
 */
export async function deleteSubscription(
	context: KliqContext,
	id: string,
	more: Pick<KliqCall, 'itemIndex' | 'mayBeGone'> = {},
): Promise<void> {
	await deleteById(context, { ...SUBSCRIPTIONS, ...more }, id);
}
