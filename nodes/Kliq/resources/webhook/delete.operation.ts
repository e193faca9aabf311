import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { readResourceId, resourceLocatorField } from '../../parameters/resourceLocator';
import { deleteOne } from '../deleteOne';
import { SUBSCRIPTION_ID } from './shared';

/** Webhook Subscription → Delete. */
export const deleteOperation: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['webhook'], operation: ['delete'] } }, [
		resourceLocatorField(SUBSCRIPTION_ID),
	]),

	async execute(kliq, parameters) {
		return await deleteOne(kliq, 'webhook', readResourceId(parameters, SUBSCRIPTION_ID));
	},
};
