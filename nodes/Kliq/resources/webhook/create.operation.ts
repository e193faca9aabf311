import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import { getKliqCredentials } from '../../transport/credentials';
import { toSingleLine } from '../../utils/redact';
import { createSubscription } from '../../subscriptions/api';
import { asEvents, EVENT_OPTIONS, EVENT_TYPES } from '../../subscriptions/events';
import { generateSecret } from '../../subscriptions/secret';
import { displayFor } from '../displayFor';
import { readHttpUrl } from '../../parameters/httpUrl';
import type { Operation } from '../../execution/operation';

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
				description: 'What has to happen for KLIQ to call the URL',
			},
		],
	),

	async execute(context, itemIndex) {
		const url = readHttpUrl(context, URL_FIELD, itemIndex);
		const events = readEvents(context, itemIndex);
		const { signingSecret } = await getKliqCredentials(context);
		const secret = signingSecret ?? generateSecret();
		const created = await createSubscription(context, { url, events, secret }, { itemIndex });
		return [{ ...created, secret }];
	},
};

function readEvents(context: IExecuteFunctions, itemIndex: number): string[] {
	const events = asEvents(context.getNodeParameter('events', itemIndex, []));
	const refuse = (message: string, description: string) =>
		new NodeOperationError(context.getNode(), message, { description, itemIndex });

	if (events.length === 0) throw refuse('No event is chosen', 'Choose at least one under Events');
	const unknown = events.find((event) => !EVENT_TYPES.includes(event));
	if (unknown === undefined) return events;
	throw refuse(
		`KLIQ has no event type “${toSingleLine(unknown)}”`,
		`Under Events, choose from the list. By their names at KLIQ they are ${EVENT_TYPES.join(', ')}.`,
	);
}
