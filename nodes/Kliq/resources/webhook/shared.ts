import type { Locator } from '../../parameters/resourceLocator';

/** The field that selects a subscription. */
export const SUBSCRIPTION_ID: Locator = {
	name: 'webhookId',
	displayName: 'Webhook Subscription',
	description:
		'The subscription to end. KLIQ stops sending events to its URL at once and cannot bring it back.',
	searchListMethod: 'searchWebhooks',
	listPlaceholder: 'Select a subscription…',
	sampleId: 'wh_abc123',
};
