import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { SUBSCRIPTIONS } from '../subscriptions/api';
import { isActive } from '../subscriptions/compare';
import type { Subscription } from '../types';
import { searchList } from './searchList';

/**
 * One page of the "From List" drop-down of webhook subscriptions.
 *
 * @param filter what the person has typed; looked for in URL, events and ID
 * @param paginationToken where the page begins, as the page before gave it
 */
export async function searchWebhooks(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const search = { filter: filter && withoutScheme(filter.trim()), paginationToken };
	return await searchList(this, SUBSCRIPTIONS, describe, search);
}

/**
 * The list has room for some 45 letters, and the URLs of one n8n begin alike: what tells
 * subscriptions apart comes first.
 */
function describe(subscription: Subscription): string {
	const { url } = subscription;
	const events = Array.isArray(subscription.events) ? subscription.events.map(asText) : [];
	const off = isActive(subscription) ? '' : 'Off: ';
	const summary = events.length === 1 ? events[0] : `${events.length || 'unknown'} events`;
	const all = events.length > 1 ? ` (${events.join(', ')})` : '';
	return `${off}${summary} → ${withoutScheme(asText(url))}${all}`;
}

const withoutScheme = (url: string) => url.replace(/^https?:\/\//i, '');

const asText = (value: unknown) => (typeof value === 'string' ? value : '?');
