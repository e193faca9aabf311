import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { getPage, MAX_PAGE_SIZE, type ListCall } from '../transport/pagination';
import { isId } from '../transport/entity';

/** Pages that one search looks through: a person waits for them. */
export const MAX_SEARCH_PAGES = 20;

/** What a person has asked of a drop-down list. */
export interface Search {
	/** What was typed. */
	filter?: string;
	/** Where the page begins, as the page before gave it. */
	paginationToken?: string;
}

/**
 * One page of a "From List" drop-down, in KLIQ's order.
 *
 * @param describe how an entry reads in the list; what was typed is looked for in it and in the ID
 * @throws NodeApiError as `kliqRequest`
 */
export async function searchList<T extends IDataObject>(
	context: ILoadOptionsFunctions,
	call: ListCall,
	describe: (entry: T) => string,
	{ filter, paginationToken }: Search,
): Promise<INodeListSearchResult> {
	const wanted = (filter ?? '').trim().toLowerCase();
	let cursor = paginationToken;
	// A page without a match would end the list in the editor, so go on to the next one that has some.
	for (let pages = 1; ; pages++) {
		const page = await getPage<T>(context, call, { limit: MAX_PAGE_SIZE, cursor });
		const results = page.entries
			.filter(({ id }) => isId(id))
			.map((entry) => ({ name: describe(entry), value: String(entry.id) }))
			.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted));
		const isEnd = page.nextCursor === undefined || page.nextCursor === cursor;
		if (results.length > 0 || isEnd || pages === MAX_SEARCH_PAGES) {
			return { results, paginationToken: isEnd ? undefined : page.nextCursor };
		}
		cursor = page.nextCursor;
	}
}

/** Reads well in a list: an ID, and in brackets what is known of the rest. */
export function withDetails(id: unknown, ...details: unknown[]): string {
	const known = details.filter((detail) => typeof detail === 'string' && detail !== '');
	return known.length > 0 ? `${id} (${known.join(', ')})` : String(id);
}
