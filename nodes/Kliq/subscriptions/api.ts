import type { IDataObject } from 'n8n-workflow';

import type { KliqClient } from '../transport/client';
import type { CreateOptions } from '../transport/entity';
import type { NewSubscription, Subscription } from '../types';
import { isSameUrl } from './compare';

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
