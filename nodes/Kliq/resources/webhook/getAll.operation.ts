import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { listSubscriptions } from '../../subscriptions/api';
import { EVENT_OPTIONS } from '../../subscriptions/events';
import type { Subscription } from '../../types';
import { displayFor } from '../displayFor';
import { readText } from '../../parameters/text';
import { RETURN_ALL_FIELDS, readLimit } from '../../parameters/returnAll';
import type { Operation } from '../../execution/operation';

/** What to look for; empty where it does not matter. */
interface Filters {
	event: string;
	/** Part of the URL, in lower case. */
	urlPart: string;
}

const EVENT_FILTER: INodeProperties = {
	displayName: 'Event',
	name: 'event',
	type: 'options',
	default: 'cv.job.completed',
	options: EVENT_OPTIONS,
	description: 'Return only subscriptions that ask for this event',
};

const URL_FILTER: INodeProperties = {
	displayName: 'URL Contains',
	name: 'url',
	type: 'string',
	default: '',
	placeholder: 'n8n.example.com',
	description:
		'Return only subscriptions with this text somewhere in their URL, in upper or lower case',
};

/** Webhook Subscription → Get Many. KLIQ's list knows no filters, so they are applied here. */
export const getAll: Operation = {
	fields: displayFor(
		'webhook',
		['getAll'],
		[
			...RETURN_ALL_FIELDS,
			{
				displayName: 'Filters',
				name: 'filters',
				type: 'collection',
				placeholder: 'Add Filter',
				default: {},
				options: [EVENT_FILTER, URL_FILTER],
			},
		],
	),

	async execute(context, itemIndex) {
		const filters = readFilters(context, itemIndex);
		const wanted = readLimit(context, itemIndex);
		const isFiltered = filters.event !== '' || filters.urlPart !== '';
		const most = isFiltered ? Infinity : wanted;
		const found: IDataObject[] = [];
		for await (const subscription of listSubscriptions(context, {
			most,
			itemIndex,
		})) {
			if (passes(subscription, filters)) found.push(withoutSecret(subscription));
			if (found.length >= wanted) break;
		}
		return found;
	},
};

function readFilters(context: IExecuteFunctions, itemIndex: number): Filters {
	const filters = context.getNodeParameter('filters', itemIndex, {}) as IDataObject;
	return {
		event: readText(context, EVENT_FILTER, itemIndex, filters),
		urlPart: readText(context, URL_FILTER, itemIndex, filters).toLowerCase(),
	};
}

function passes({ events, url }: Subscription, { event, urlPart }: Filters): boolean {
	const hasEvent = event === '' || (Array.isArray(events) && events.includes(event));
	return hasEvent && (typeof url === 'string' ? url : '').toLowerCase().includes(urlPart);
}

/** Whoever may see an execution can read its data. KLIQ does not document that it lists no secret. */
const withoutSecret = (subscription: Subscription): IDataObject =>
	Object.fromEntries(Object.entries(subscription).filter(([name]) => !/secret/i.test(name)));
