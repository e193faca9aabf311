import { NodeOperationError, type INodeProperties } from 'n8n-workflow';

import { getAccount } from '../../client/account';
import { createSubscription } from '../../subscriptions/api';
import { EVENT_OPTIONS } from '../../subscriptions/events';
import { newSecret } from '../../subscriptions/secret';
import { displayFor } from '../displayFor';
import { readWebAddress } from '../inputs/webAddress';
import type { Operation } from '../operation';

const URL_FIELD: INodeProperties = {
	displayName: 'URL',
	name: 'url',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'https://your-server.example.com/kliq',
	description: 'Where KLIQ is to send the events: an address that the internet can reach',
};

/** Webhook Subscription → Create. Hands back the secret, which KLIQ never shows again. */
export const create: Operation = {
	fields: displayFor(
		'webhook',
		['create'],
		[
			{
				displayName:
					'To start a workflow on KLIQ events, use KLIQ Trigger instead: it subscribes by itself. This operation is for other systems that receive them.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			URL_FIELD,
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				default: [],
				options: EVENT_OPTIONS,
				description: 'Which events KLIQ is to send',
			},
		],
	),

	async execute(context, itemIndex) {
		const url = readWebAddress(context, URL_FIELD, itemIndex);
		const events = context.getNodeParameter('events', itemIndex) as string[];
		if (events.length === 0) {
			throw new NodeOperationError(context.getNode(), 'No event is chosen', {
				description: 'Choose at least one under Events',
				itemIndex,
			});
		}

		const { signingSecret } = await getAccount(context);
		const secret = signingSecret ?? newSecret();
		const created = await createSubscription(context, { url, events, secret }, { itemIndex });
		return [{ ...created, secret }];
	},
};
