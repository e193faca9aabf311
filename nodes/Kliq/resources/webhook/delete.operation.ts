import { deleteSubscription } from '../../subscriptions/api';
import { displayFor } from '../displayFor';
import type { Operation } from '../operation';

/** Webhook Subscription → Delete. */
export const deleteOperation: Operation = {
	fields: displayFor(
		'webhook',
		['delete'],
		[
			{
				displayName: 'Webhook Subscription',
				name: 'webhookId',
				type: 'resourceLocator',
				required: true,
				default: { mode: 'list', value: '' },
				description:
					'The subscription to end. KLIQ stops sending events to its URL at once and cannot bring it back.',
				modes: [
					{
						displayName: 'From List',
						name: 'list',
						type: 'list',
						placeholder: 'Select a subscription…',
						typeOptions: { searchListMethod: 'searchWebhooks', searchable: true },
					},
					{
						displayName: 'By ID',
						name: 'id',
						type: 'string',
						placeholder: 'wh_abc123',
						validation: [
							{
								type: 'regex',
								properties: {
									regex: '\\s*[^\\s/?#]+\\s*',
									errorMessage: 'An ID has no spaces and no slashes; it looks like wh_abc123',
								},
							},
						],
					},
				],
			},
		],
	),

	async execute(context, itemIndex) {
		const id = context.getNodeParameter('webhookId', itemIndex, '', { extractValue: true });
		await deleteSubscription(context, String(id ?? '').trim(), { itemIndex });
		return [{ deleted: true }];
	},
};
