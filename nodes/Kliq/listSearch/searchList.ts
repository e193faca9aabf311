import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { kliqClient } from '../transport/client';
import { isId } from '../transport/entity';
import { MAX_PAGE_SIZE } from '../transport/pagination';
import type { ResourceName } from '../types';

/** Pages that one search reads at most, because the user waits for them. */
export const MAX_SEARCH_PAGES = 20;

/** What the editor asks of a drop-down. */
export interface Search {
	/** What the user has typed. */
	filter?: string;
	/** Cursor of the page to read; undefined for the first. */
	paginationToken?: string;
}

/**
 * One page of a "From List" drop-down, in KLIQ's order.
 *
 * @param describe an entry's text in the list; the filter is matched against it and the ID
 * @throws NodeOperationError as `kliqClient`, NodeApiError as `getPage`
 */
export async function searchList<T extends IDataObject>(
	context: ILoadOptionsFunctions,
	resource: ResourceName,
	describe: (entry: T) => string,
	{ filter, paginationToken }: Search,
): Promise<INodeListSearchResult> {
	const kliq = await kliqClient(context);
	const needle = (filter ?? '').trim().toLowerCase();
	let cursor = paginationToken;
	// The editor takes a page without results for the end, so read on until there are some.
	for (let pages = 1; ; pages++) {
		const page = await kliq.getPage<T>(resource, { limit: MAX_PAGE_SIZE, cursor });
		const results = page.entries
			.filter(({ id }) => isId(id))
			.map((entry) => ({ name: describe(entry), value: String(entry.id) }))
			.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(needle));
		const isEnd = page.nextCursor === undefined || page.nextCursor === cursor;
		if (results.length > 0 || isEnd || pages === MAX_SEARCH_PAGES) {
			return { results, paginationToken: isEnd ? undefined : page.nextCursor };
		}
		cursor = page.nextCursor;
	}
}

/** An ID with the known details in brackets. */
export function withDetails(id: unknown, ...details: unknown[]): string {
	const known = details.filter((detail) => typeof detail === 'string' && detail !== '');
	return known.length > 0 ? `${id} (${known.join(', ')})` : String(id);
}
