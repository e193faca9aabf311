import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import {
	readResourceId,
	resourceLocatorField,
	type Locator,
} from '../../parameters/resourceLocator';

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
	fields: updateDisplayOptions({ show: { resource: ['webhook'], operation: ['delete'] } }, [
		resourceLocatorField(SUBSCRIPTION_ID),
	]),

	async execute(kliq, parameters) {
		await kliq.deleteById('webhook', readResourceId(parameters, SUBSCRIPTION_ID));
		return [{ deleted: true }];
	},
};
