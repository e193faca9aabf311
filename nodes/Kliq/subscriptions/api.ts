import type { IDataObject } from 'n8n-workflow';

import type { KliqClient } from '../transport/client';
import type { CreateOptions } from '../transport/entity';
import type { NewSubscription, Subscription } from '../types';

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
 * Reads the whole list of an account's subscriptions.
 *
 * @throws NodeApiError as `paginate`
 */
export async function listSubscriptions(kliq: KliqClient): Promise<Subscription[]> {
	const all: Subscription[] = [];
	for await (const subscription of kliq.paginate<Subscription>('webhook')) all.push(subscription);
	return all;
}
