import { updateDisplayOptions, type IDataObject, type INodeProperties } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { filtersField } from '../../parameters/collection';
import type { FieldSource } from '../../parameters/itemParameters';
import { RETURN_ALL_FIELDS } from '../../parameters/returnAll';
import { readText } from '../../parameters/text';
import { EVENT_OPTIONS } from '../../subscriptions/events';
import type { Subscription } from '../../types';
import { getMany, type LocalFilter } from '../getMany';

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
		return await getMany<Subscription>(kliq, parameters, 'webhook', {
			filters: readFilters(parameters.getCollection('filters')),
			toJson: withoutSecret,
		});
	},
};

const readFilters = (source: FieldSource): LocalFilter[] => [
	{
		field: 'events',
		label: 'Event',
		wanted: readText(source, EVENT_FILTER),
		matches: (events, wanted) => Array.isArray(events) && events.includes(wanted),
	},
	{
		field: 'url',
		label: 'URL',
		wanted: readText(source, URL_FILTER).toLowerCase(),
		matches: (url, wanted) => typeof url === 'string' && url.toLowerCase().includes(wanted),
	},
];

/**
 * Execution data is readable to more users than credentials are, and KLIQ does not document that its list holds no secret.
 *
 * Assumption: KLIQ-SUB-SECRET.
 */
const withoutSecret = (subscription: Subscription): IDataObject =>
	Object.fromEntries(Object.entries(subscription).filter(([name]) => !/secret/i.test(name)));
