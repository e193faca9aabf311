import { deleteSubscription } from '../../subscriptions/api';
import { displayFor } from '../displayFor';
import { locatedId, locatorField } from '../locator';
import type { Operation } from '../operation';

/** Webhook Subscription → Delete. */
export const deleteOperation: Operation = {
	fields: displayFor(
		'webhook',
		['delete'],
		[
			locatorField({
				name: 'webhookId',
				displayName: 'Webhook Subscription',
				description:
					'The subscription to end. KLIQ stops sending events to its URL at once and cannot bring it back.',
				searchListMethod: 'searchWebhooks',
				listPlaceholder: 'Select a subscription…',
				sampleId: 'wh_abc123',
			}),
		],
	),

	async execute(context, itemIndex) {
		await deleteSubscription(context, locatedId(context, 'webhookId', itemIndex), { itemIndex });
		return [{ deleted: true }];
	},
};
