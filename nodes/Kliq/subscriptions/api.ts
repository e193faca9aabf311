import { randomBytes } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import type { KliqClient } from '../transport/client';
import type { CreateOptions } from '../transport/entity';
import { idOf } from '../transport/entity';
import type { NewSubscription, Subscription } from '../types';
import { isSameUrl } from './compare';

/** A new signing secret: 32 random bytes in hex, with KLIQ's prefix `whsec_`. */
export const generateSecret = () => `whsec_${randomBytes(32).toString('hex')}`;

/**
 * Creates a subscription.
 *
 * @returns KLIQ's response, with its id as text
 * @throws NodeApiError as `createEntity`
 */
export async function createSubscription(
	kliq: KliqClient,
	subscription: NewSubscription,
	options: CreateOptions = {},
): Promise<IDataObject & { id: string }> {
	const { entity, id } = await kliq.create('webhook', { ...subscription }, options);
	return { ...entity, id };
}

/**
 * Finds every subscription that delivers to a URL.
 *
 * @throws NodeApiError as `paginate`
 */
export async function findByUrl(kliq: KliqClient, url: string): Promise<Subscription[]> {
	const found: Subscription[] = [];
	for await (const subscription of kliq.paginate<Subscription>('webhook')) {
		if (isSameUrl(subscription.url, url)) found.push(subscription);
	}
	return found;
}

/**
 * Deletes subscriptions; one that no longer exists counts as deleted. A failed deletion does not stop
 * the others.
 *
 * @throws the first error, after all have been tried
 */
export async function deleteAll(kliq: KliqClient, subscriptions: Subscription[]): Promise<void> {
	const errors: unknown[] = [];
	for (const subscription of subscriptions) {
		try {
			await kliq.deleteById('webhook', idOf(subscription), { ignoreNotFound: true });
		} catch (error) {
			errors.push(error);
		}
	}
	if (errors.length > 0) throw errors[0];
}
