import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { getPage, LARGEST_PAGE } from '../../client/pages';
import { SUBSCRIPTIONS } from '../../subscriptions/api';
import type { Subscription } from '../../types';

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
	const wanted = (filter ?? '').trim().toLowerCase();
	let cursor = paginationToken;
	// A page without a match would end the list in the editor, so go on to the next one that has some.
	for (;;) {
		const page = await getPage<Subscription>(this, SUBSCRIPTIONS, { limit: LARGEST_PAGE, cursor });
		const results = page.entries
			.map((subscription) => ({ name: describe(subscription), value: String(subscription.id) }))
			.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted));
		const isEnd = page.nextCursor === undefined || page.nextCursor === cursor;
		if (results.length > 0 || isEnd) {
			return { results, paginationToken: isEnd ? undefined : page.nextCursor };
		}
		cursor = page.nextCursor;
	}
}

const describe = ({ url, events }: Subscription) =>
	`${url} (${Array.isArray(events) ? events.join(', ') : 'events unknown'})`;
