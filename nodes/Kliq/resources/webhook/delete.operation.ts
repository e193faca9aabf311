import { deleteSubscription } from '../../subscriptions/api';
import { displayFor } from '../displayFor';
import {
	readResourceId,
	resourceLocatorField,
	type Locator,
} from '../../parameters/resourceLocator';
import type { Operation } from '../../execution/operation';

const SUBSCRIPTION_ID: Locator = {
	name: 'webhookId',
	displayName: 'Webhook Subscription',
	description:
		'The subscription to end. KLIQ stops sending events to its URL at once and cannot bring it back.',
	searchListMethod: 'searchWebhooks',
	listPlaceholder: 'Select a subscription…',
	sampleId: 'wh_abc123',
};

/** Webhook Subscription → Delete. */
export const deleteOperation: Operation = {
	fields: displayFor('webhook', ['delete'], [resourceLocatorField(SUBSCRIPTION_ID)]),

	async execute(context, itemIndex) {
		await deleteSubscription(context, readResourceId(context, SUBSCRIPTION_ID, itemIndex), {
			itemIndex,
		});
		return [{ deleted: true }];
	},
};
