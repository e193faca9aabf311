import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { isActive } from '../subscriptions/compare';
import { eventName } from '../subscriptions/events';
import { idOf } from '../transport/entity';
import type { Subscription } from '../types';
import { describeEntry, searchList } from './searchList';

/**
 * One page of the "From List" drop-down of webhook subscriptions.
 *
 * @param filter what the user has typed; matched against URL, events and ID
 * @param paginationToken cursor from the page before
 */
export async function searchWebhooks(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const search = { filter: filter && withoutScheme(filter.trim()), paginationToken };
	return await searchList(this, 'webhook', describe, search);
}

/**
 * The editor shows some 45 characters, and the URLs of one n8n begin alike, so the distinguishing
 * parts come first.
 */
function describe(subscription: Subscription): string {
	const { url } = subscription;
	const events = Array.isArray(subscription.events)
		? subscription.events.map((type) => eventName(textOrMark(type)))
		: [];
	const prefix = isActive(subscription) ? '' : 'Off: ';
	const summary = events.length === 1 ? events[0] : `${events.length || 'unknown'} events`;
	const list = events.length > 1 ? ` (${events.join(', ')})` : '';
	const text = `${prefix}${summary} → ${withoutScheme(textOrMark(url))}${list}`;
	return describeEntry(text, idOf(subscription));
}

const withoutScheme = (url: string) => url.replace(/^https?:\/\//i, '');

const textOrMark = (value: unknown) => (typeof value === 'string' ? value : '?');
