import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { kliqClient } from '../transport/client';
import { idOf } from '../transport/entity';
import { MAX_PAGE_SIZE } from '../transport/pagination';
import { RESOURCES, type ResourceName } from '../types';
import { formatLocalTime } from '../utils/localTime';
import { monotonicNow } from '../utils/monotonicClock';

/** Pages that one search reads at most, because the user waits for them. */
export const MAX_SEARCH_PAGES = 20;

/** How long the user waits for a drop-down at most, in milliseconds. */
const SEARCH_TIMEOUT_MS = 15_000;

/** What the editor asks of a drop-down. */
export interface Search {
	/** What the user has typed. */
	filter?: string;
	/** Where to read on, as the page before returned it; undefined for the first page. */
	paginationToken?: string;
}

/**
 * One page of a "From List" drop-down, in KLIQ's order.
 *
 * @param describe an entry's text in the list; the filter is matched against it and the ID
 * @throws NodeOperationError as `kliqClient`, and if the filter matches nothing in as many pages as one
 * search reads; NodeApiError as `getPage`
 */
export async function searchList<T extends IDataObject>(
	context: ILoadOptionsFunctions,
	resource: ResourceName,
	describe: (entry: T) => string,
	{ filter, paginationToken }: Search,
): Promise<INodeListSearchResult> {
	const kliq = await kliqClient(context, { deadline: monotonicNow() + SEARCH_TIMEOUT_MS });
	const needle = (filter ?? '').trim().toLowerCase();
	const usedCursors = parseToken(paginationToken);
	// The editor takes a page without results for the end, so read on until there are some.
	for (let pages = 1; pages <= MAX_SEARCH_PAGES; pages++) {
		const page = await kliq.getPage<T>(resource, {
			limit: MAX_PAGE_SIZE,
			cursor: usedCursors.at(-1),
		});
		const results = uniqueById(page.entries)
			.map((entry) => ({ name: describe(entry), value: String(entry.id) }))
			.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(needle));
		const { nextCursor } = page;
		// A list that returns to a page would never end.
		const isEnd = nextCursor === undefined || usedCursors.includes(nextCursor);
		if (isEnd) return { results };
		usedCursors.push(nextCursor);
		if (results.length > 0) return { results, paginationToken: JSON.stringify(usedCursors) };
	}
	throw kliq.operationError(
		`The first ${MAX_SEARCH_PAGES * MAX_PAGE_SIZE} ${RESOURCES[resource].plural} of the list do not match`,
		'The list is longer. Choose By ID, and enter the ID as KLIQ shows it.',
	);
}

/** The cursors of all pages so far, the next one last. */
function parseToken(paginationToken: string | undefined): string[] {
	return paginationToken === undefined ? [] : (JSON.parse(paginationToken) as string[]);
}

/** Entries with a valid ID, each ID once. */
function uniqueById<T extends IDataObject>(entries: T[]): T[] {
	const byId = new Map(entries.map((entry) => [idOf(entry), entry]));
	byId.delete('');
	return [...byId.values()];
}

/** An entry's text: what is known of it, with what a person recognizes first and the ID last. */
export const describeEntry = (...parts: unknown[]): string =>
	parts.filter((part) => typeof part === 'string' && part !== '').join(' · ');

/**
 * When an entry was made, in the time zone of the workflow; undefined if it does not say: KLIQ documents
 * no such field.
 */
export function createdAt(
	context: ILoadOptionsFunctions,
	{ createdAt: text }: IDataObject,
): string | undefined {
	const moment = typeof text === 'string' ? Date.parse(text) : NaN;
	return Number.isNaN(moment) ? undefined : formatLocalTime(moment, context.getTimezone());
}
