import type { IHookFunctions } from 'n8n-workflow';

import { idOf } from '../transport/entity';
import type { Subscription } from '../types';
import { deleteSubscription, listSubscriptions } from './api';
import { isSameUrl } from './compare';

/**
 * Every subscription that delivers to an address. A trigger's webhook URL is its alone, so these
 * are its own, of this life and earlier ones, and no other ever is.
 *
 * @throws NodeApiError as `kliqRequest`
 */
export async function findByUrl(context: IHookFunctions, url: string): Promise<Subscription[]> {
	const found: Subscription[] = [];
	for await (const subscription of listSubscriptions(context)) {
		if (isSameUrl(subscription.url, url)) found.push(subscription);
	}
	return found;
}

/**
 * Ends subscriptions; one that is gone already is as good. One that cannot be ended keeps none of
 * the others alive.
 *
 * @throws the error of the first that could not be ended, after all have been tried
 */
export async function deleteAll(
	context: IHookFunctions,
	subscriptions: Subscription[],
): Promise<void> {
	const errors: unknown[] = [];
	for (const subscription of subscriptions) {
		try {
			await deleteSubscription(context, idOf(subscription), { mayBeGone: true });
		} catch (error) {
			errors.push(error);
		}
	}
	if (errors.length > 0) throw errors[0];
}
