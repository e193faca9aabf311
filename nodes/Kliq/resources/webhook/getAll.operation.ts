import { updateDisplayOptions, type IDataObject, type INodeProperties } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { filtersField } from '../../parameters/collection';
import type { FieldSource } from '../../parameters/itemParameters';
import { RETURN_ALL_FIELDS } from '../../parameters/returnAll';
import { readText } from '../../parameters/text';
import { EVENT_OPTIONS } from '../../subscriptions/events';
import type { Subscription } from '../../types';
import { getMany } from '../getMany';

/** What to keep of the list; empty filters keep everything. */
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
	placeholder: 'e.g. n8n.example.com',
	description:
		'Return only subscriptions with this text somewhere in their URL, in upper or lower case',
};

/** Webhook Subscription → Get Many. KLIQ documents no filters for its list, so they are applied here. */
export const getAll: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['webhook'], operation: ['getAll'] } }, [
		...RETURN_ALL_FIELDS,
		filtersField([EVENT_FILTER, URL_FILTER]),
	]),

	async execute(kliq, parameters) {
		const filters = readFilters(parameters.getCollection('filters'));
		const isFiltered = filters.event !== '' || filters.urlPart !== '';
		return await getMany<Subscription>(kliq, parameters, 'webhook', {
			matches: isFiltered ? (subscription) => matches(subscription, filters) : undefined,
			toJson: withoutSecret,
		});
	},
};

const readFilters = (source: FieldSource): Filters => ({
	event: readText(source, EVENT_FILTER),
	urlPart: readText(source, URL_FILTER).toLowerCase(),
});

function matches({ events, url }: Subscription, { event, urlPart }: Filters): boolean {
	const hasEvent = event === '' || (Array.isArray(events) && events.includes(event));
	return hasEvent && (typeof url === 'string' ? url : '').toLowerCase().includes(urlPart);
}

/**
 * Execution data is readable to more users than credentials are, and KLIQ does not document that its list holds no secret.
 *
 * Assumption: KLIQ-SUB-SECRET.
 */
const withoutSecret = (subscription: Subscription): IDataObject =>
	Object.fromEntries(Object.entries(subscription).filter(([name]) => !/secret/i.test(name)));
