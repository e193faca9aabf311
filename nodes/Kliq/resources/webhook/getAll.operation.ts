import type { IDataObject } from 'n8n-workflow';

import { listSubscriptions } from '../../subscriptions/api';
import { EVENT_OPTIONS } from '../../subscriptions/events';
import type { Subscription } from '../../types';
import { displayFor } from '../displayFor';
import { LIMIT_FIELDS, wantedCount } from '../limits';
import type { Operation } from '../operation';

interface Filters {
	event?: string;
	url?: string;
}

/** Webhook Subscription → Get Many. KLIQ's list knows no filters, so they are applied here. */
export const getAll: Operation = {
	fields: displayFor(
		'webhook',
		['getAll'],
		[
			...LIMIT_FIELDS,
			{
				displayName: 'Filters',
				name: 'filters',
				type: 'collection',
				placeholder: 'Add Filter',
				default: {},
				options: [
					{
						displayName: 'Event',
						name: 'event',
						type: 'options',
						default: 'cv.job.completed',
						options: EVENT_OPTIONS,
						description: 'Return only subscriptions that ask for this event',
					},
					{
						displayName: 'URL Contains',
						name: 'url',
						type: 'string',
						default: '',
						placeholder: 'n8n.example.com',
						description:
							'Return only subscriptions with this text somewhere in their URL, in upper or lower case',
					},
				],
			},
		],
	),

	async execute(context, itemIndex) {
		const filters = context.getNodeParameter('filters', itemIndex, {}) as Filters;
		const wanted = wantedCount(context, itemIndex);
		const isFiltered = Boolean(filters.event ?? filters.url);
		const found: IDataObject[] = [];
		if (wanted < 1) return found;

		const most = isFiltered ? Infinity : wanted;
		for await (const subscription of listSubscriptions(context, { most, itemIndex })) {
			if (passes(subscription, filters)) found.push(subscription);
			if (found.length >= wanted) break;
		}
		return found;
	},
};

function passes({ events, url }: Subscription, filters: Filters): boolean {
	const hasEvent = !filters.event || (Array.isArray(events) && events.includes(filters.event));
	const part = (filters.url ?? '').trim().toLowerCase();
	return hasEvent && (typeof url === 'string' ? url : '').toLowerCase().includes(part);
}
