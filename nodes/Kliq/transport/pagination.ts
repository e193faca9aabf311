import { NodeApiError, type IDataObject } from 'n8n-workflow';

import { isObject } from '../utils/object';
import type { KliqCall, KliqContext } from '../types';
import { CHECK_BASE_URL } from './errors';
import { kliqApiRequest } from './request';

/** KLIQ gives at most this many entries a page. */
export const MAX_PAGE_SIZE = 100;

/** Pages after which a list is taken for endless: a million entries. */
export const MAX_LIST_PAGES = 10_000;

/** Pages without an entry, one after the other, after which a list is taken for endless. */
export const MAX_EMPTY_PAGES = 1_000;

/** A call that lists things; the walker sets `limit` and `cursor` itself. */
export type ListCall = Omit<KliqCall, 'method' | 'body' | 'id'>;

/** One page of a list. */
export interface Page<T> {
	entries: T[];
	/** Where the next page begins; undefined on the last one. */
	nextCursor?: string;
}

/**
 * Asks for one page of a list.
 *
 * KLIQ documents an envelope with a cursor; a bare array is taken as the one and only page.
 *
 * @throws NodeApiError as `kliqRequest`
 */
export async function getPage<T extends IDataObject>(
	context: KliqContext,
	call: ListCall,
	page: { limit: number; cursor?: string },
): Promise<Page<T>> {
	const { cursor, limit } = page;
	const query = { ...call.query, limit, ...(cursor === undefined ? {} : { cursor }) };
	const body = await kliqApiRequest(context, { ...call, method: 'GET', query });
	if (Array.isArray(body)) return { entries: body.filter(isThing<T>) };

	const { data, cursor: position } = body as {
		data?: unknown;
		cursor?: { next?: unknown; hasMore?: unknown } | null;
	};
	const next = position?.hasMore === false ? undefined : position?.next;
	if (!Array.isArray(data)) throw noList(context, call);
	return {
		entries: data.filter(isThing<T>),
		nextCursor: typeof next === 'string' && next !== '' ? next : undefined,
	};
}

/** Whether an entry tells of something. */
const isThing = <T extends IDataObject>(entry: unknown): entry is T => isObject(entry);

function noList(context: KliqContext, { thing, itemIndex }: ListCall): NodeApiError {
	const message = `KLIQ’s answer holds no list of ${thing}s`;
	const description = CHECK_BASE_URL;
	return new NodeApiError(context.getNode(), { message }, { message, description, itemIndex });
}

function endless(context: KliqContext, { thing, itemIndex }: ListCall): NodeApiError {
	const message = `KLIQ’s list of ${thing}s does not end`;
	const description =
		'Ask KLIQ’s support. If the node has Return All turned on, turn it off until then.';
	return new NodeApiError(context.getNode(), { message }, { message, description, itemIndex });
}

/**
 * Walks a list entry by entry and asks for a page only when its first entry is wanted.
 *
 * Stops on a cursor that it has been given before: the list would never end.
 *
 * @param most entries that the caller will take at most; sets the size of the pages
 * @throws NodeApiError as `kliqRequest`, and for a list that goes on and on under ever-new cursors
 */
export async function* paginate<T extends IDataObject>(
	context: KliqContext,
	call: ListCall,
	most = Infinity,
): AsyncGenerator<T> {
	const seen = new Set<string>();
	let cursor: string | undefined;
	let left = most;
	let emptyPages = 0;
	while (left > 0) {
		const page = await getPage<T>(context, call, { limit: Math.min(left, MAX_PAGE_SIZE), cursor });
		yield* page.entries.slice(0, left);
		left -= page.entries.length;
		cursor = page.nextCursor;
		if (cursor === undefined || seen.has(cursor)) return;
		seen.add(cursor);

		emptyPages = page.entries.length > 0 ? 0 : emptyPages + 1;
		if (seen.size >= MAX_LIST_PAGES || emptyPages >= MAX_EMPTY_PAGES) throw endless(context, call);
	}
}
