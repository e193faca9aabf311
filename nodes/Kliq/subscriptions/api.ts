import { NodeApiError, type IDataObject } from 'n8n-workflow';

import { walkList, type ListCall } from '../client/pages';
import { kliqRequest } from '../client/request';
import { deleteThing, isId, unwrap } from '../client/thing';
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
	return walkList<Subscription>(context, { ...SUBSCRIPTIONS, itemIndex }, most);
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
	const answer = await kliqRequest(context, { ...SUBSCRIPTIONS, ...more, method: 'POST', body });
	const created = unwrap(answer);
	if (!isId(created.id)) {
		const message = 'KLIQ did not say which subscription it made';
		const again = more.cleansUp
			? 'Try again'
			: 'Look among the webhook subscriptions before you run this again, and delete what you do not need';
		const description = `Its answer holds no ID. ${again}; if it stays like this, ask KLIQ’s support.`;
		const { itemIndex } = more;
		throw new NodeApiError(context.getNode(), { message }, { message, description, itemIndex });
	}
	return { ...created, id: String(created.id) };
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
	await deleteThing(context, { ...SUBSCRIPTIONS, ...more }, id);
}
