import type { IDataObject, NodeApiError } from 'n8n-workflow';

import { RESOURCES, type ResourceName } from '../types';
import { apiError } from '../utils/nodeErrors';
import { isObject } from '../utils/object';
import { isId } from './entity';
import { CHECK_BASE_URL } from './errors';
import type { FailureValue } from './failure';
import { kliqApiRequest } from './request';
import type { KliqSession } from './session';

/** KLIQ's maximum for `limit` (KLIQ, Pagination). */
export const MAX_PAGE_SIZE = 100;

/** A list with more pages (a million entries) counts as endless. */
export const MAX_LIST_PAGES = 10_000;

/** A list with more consecutive empty pages counts as endless. */
export const MAX_EMPTY_PAGES = 1_000;

/** One page of a list. */
export interface Page<T> {
	entries: T[];
	/** Cursor of the next page; undefined on the last one. */
	nextCursor?: string;
}

/** Which page to read. */
export interface PageRequest {
	/** From 1 to MAX_PAGE_SIZE. */
	limit: number;
	cursor?: string;
	query?: IDataObject;
}

/**
 * Reads one page of a resource's list. KLIQ documents an envelope with a cursor; a bare array is
 * accepted as the only page. Entries that are no objects are dropped.
 *
 * Assumption: KLIQ-LIST-ENVELOPE.
 *
 * @throws NodeApiError as `kliqApiRequest`, and if the response holds no list
 */
export async function getPage<T extends IDataObject>(
	session: KliqSession,
	resource: ResourceName,
	{ limit, cursor, query }: PageRequest,
): Promise<Page<T>> {
	const body = await kliqApiRequest(session, {
		method: 'GET',
		resource,
		query: { ...query, limit, ...(cursor === undefined ? {} : { cursor }) },
	});
	if (Array.isArray(body)) return { entries: body.filter(isEntry<T>) };

	const { data, cursor: position } = body as {
		data?: unknown;
		cursor?: { next?: unknown; hasMore?: unknown } | null;
	};
	const next = position?.hasMore === false ? undefined : toCursor(position?.next);
	if (!Array.isArray(data)) {
		const { plural } = RESOURCES[resource];
		const error = apiError(session, `KLIQ’s answer holds no list of ${plural}`, CHECK_BASE_URL);
		throw Object.assign(error, { kind: 'foreign' } satisfies FailureValue);
	}
	return {
		entries: data.filter(isEntry<T>),
		nextCursor: next,
	};
}

/** KLIQ documents text; a number is accepted, too. */
function toCursor(next: unknown): string | undefined {
	const cursor = typeof next === 'number' ? String(next) : next;
	return typeof cursor === 'string' && cursor !== '' ? cursor : undefined;
}

const isEntry = <T extends IDataObject>(entry: unknown): entry is T => isObject(entry);

/** Which entries of a list to read. */
export interface ListRequest {
	query?: IDataObject;
	/** Entries that the caller takes at most; sets the page size, and no page is read beyond it. */
	limit?: number;
}

/** One page of a list that is read page by page. */
export interface ListPage<T> {
	/** The page's entries but those that came before; more than the limit where KLIQ ignores it. */
	entries: T[];
	/** True if KLIQ has no page after it. */
	isLast: boolean;
}

/**
 * Reads a list page by page, each when it is wanted. An entry whose ID came before is skipped: a list
 * that changes between two pages repeats entries. Ends at a cursor that was used before: such a list
 * would never end.
 *
 * Assumptions: KLIQ-LIST-CURSOR, KLIQ-LIST-ORDER.
 *
 * @throws NodeApiError as `getPage`, and for a list that does not end
 */
export async function* paginatePages<T extends IDataObject>(
	session: KliqSession,
	resource: ResourceName,
	{ query, limit = Infinity }: ListRequest = {},
): AsyncGenerator<ListPage<T>> {
	const usedCursors = new Set<string>();
	const seenIds = new Set<string | number>();
	let cursor: string | undefined;
	let left = limit;
	let emptyPages = 0;
	while (left > 0) {
		const pageSize = Math.min(left, MAX_PAGE_SIZE);
		const page = await getPage<T>(session, resource, { query, limit: pageSize, cursor });
		left -= page.entries.length;
		const { nextCursor } = page;
		const isLast = nextCursor === undefined || usedCursors.has(nextCursor);
		yield { entries: withoutSeen(page.entries, seenIds), isLast };
		if (isLast) return;
		usedCursors.add(nextCursor);
		cursor = nextCursor;

		emptyPages = page.entries.length > 0 ? 0 : emptyPages + 1;
		if (usedCursors.size >= MAX_LIST_PAGES || emptyPages >= MAX_EMPTY_PAGES) {
			throw endlessList(session, resource);
		}
	}
}

/**
 * Reads a whole list entry by entry (see `paginatePages`). A page is requested when its first entry is
 * wanted.
 *
 * @throws NodeApiError as `paginatePages`
 */
export async function* paginate<T extends IDataObject>(
	session: KliqSession,
	resource: ResourceName,
): AsyncGenerator<T> {
	for await (const { entries } of paginatePages<T>(session, resource)) yield* entries;
}

/** The entries whose IDs are new, which it remembers, and those without a valid ID. */
function withoutSeen<T extends IDataObject>(entries: T[], seenIds: Set<string | number>): T[] {
	return entries.filter(({ id }) => {
		if (!isId(id)) return true;
		const isNew = !seenIds.has(id);
		seenIds.add(id);
		return isNew;
	});
}

const endlessList = (session: KliqSession, resource: ResourceName): NodeApiError =>
	apiError(
		session,
		`KLIQ’s list of ${RESOURCES[resource].plural} does not end`,
		'Ask KLIQ’s support. If the node has Return All turned on, turn it off until then.',
	);
