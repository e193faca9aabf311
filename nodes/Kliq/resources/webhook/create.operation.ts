import { NodeOperationError } from 'n8n-workflow';

import { getAccount } from '../../client/account';
import { createSubscription } from '../../subscriptions/api';
import { EVENT_OPTIONS } from '../../subscriptions/events';
import { newSecret } from '../../subscriptions/secret';
import { displayFor } from '../displayFor';
import type { Operation } from '../operation';

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
			{
				displayName: 'URL',
				name: 'url',
				type: 'string',
				required: true,
				default: '',
				placeholder: 'https://your-server.example.com/kliq',
				description: 'Where KLIQ is to send the events: an address that the internet can reach',
			},
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
		const url = (context.getNodeParameter('url', itemIndex) as string).trim();
		const events = context.getNodeParameter('events', itemIndex) as string[];
		if (!URL.canParse(url) || !/^https?:/i.test(url)) {
			throw new NodeOperationError(context.getNode(), 'The URL is not a web address', {
				description: 'Enter the whole address, beginning with https://',
				itemIndex,
			});
		}
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
