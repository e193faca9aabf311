import type { IDataObject, NodeOperationError } from 'n8n-workflow';

import type { Output } from '../execution/operation';
import type { ItemParameters } from '../parameters/itemParameters';
import { isLimitToldByEditor, readLimit } from '../parameters/returnAll';
import type { KliqClient } from '../transport/client';
import { RESOURCES, type ResourceName } from '../types';

/** A filter that is applied here, because KLIQ documents none for its list. */
export interface LocalFilter {
	/** The field of an entry that it goes by. */
	field: string;
	/** What the user calls that field. */
	label: string;
	/** What the user asks for; blank filters nothing. */
	wanted: string;
	/** Whether the field's value is what the user asks for. */
	matches(value: unknown, wanted: string): boolean;
}

/** What to read of a list, and how to put it out. */
export interface Selection<T> {
	/** Filters that KLIQ applies. */
	query?: IDataObject;
	/** Filters that are applied here; an entry has to match all. */
	filters?: LocalFilter[];
	/** An entry's JSON in the output; the entry itself if missing. */
	toJson?: (entry: T) => IDataObject;
}

/**
 * Reads as many entries of a list as the item asks for by Return All and Limit, and no page more than
 * that takes. Hints at it where the limit has cut the list off and n8n's editor does not.
 *
 * @throws NodeOperationError as `readLimit`, and for a filter by what no entry of the list shows: what
 * matches is unknown then, not none. NodeApiError as `paginatePages`
 */
export async function getMany<T extends IDataObject>(
	kliq: KliqClient,
	parameters: ItemParameters,
	resource: ResourceName,
	{ query, filters = [], toJson = (entry) => entry }: Selection<T> = {},
): Promise<Output> {
	const limit = readLimit(parameters);
	const active = filters.filter(({ wanted }) => wanted !== '');
	// Which entries of a page match is unknown, so pages are as long as KLIQ allows.
	const pages = kliq.paginatePages<T>(resource, {
		query,
		limit: active.length > 0 ? Infinity : limit,
	});
	const matchesAll = (entry: T) =>
		active.every(({ field, wanted, matches }) => matches(entry[field], wanted));
	const found: T[] = [];
	let hidden = active;
	let isEmpty = true;
	let isEnd = true;
	for await (const { entries, isLast } of pages) {
		found.push(...entries.filter(matchesAll));
		hidden = hidden.filter(({ field }) => entries.every((entry) => isNothing(entry[field])));
		isEmpty &&= entries.length === 0;
		isEnd = isLast && found.length <= limit;
		if (found.length >= limit) break;
	}
	if (!isEmpty && hidden.length > 0) throw cannotFilter(kliq, resource, hidden[0]);
	const jsons = found.slice(0, limit).map(toJson);
	const isTold = isEnd || isLimitToldByEditor(parameters, jsons.length);
	return isTold ? { jsons } : { jsons, hint: cutOff(resource, jsons.length) };
}

function cannotFilter(
	kliq: KliqClient,
	resource: ResourceName,
	{ label }: LocalFilter,
): NodeOperationError {
	return kliq.operationError(
		`KLIQ’s list of ${RESOURCES[resource].plural} cannot be filtered by ${label}: it shows none`,
		'So which of them match is unknown. Remove this filter under Filters, and look at what the list shows.',
	);
}

const isNothing = (value: unknown) => value === undefined || value === null;

function cutOff(resource: ResourceName, count: number): string {
	const { singular, plural } = RESOURCES[resource];
	const returned = count === 1 ? `first ${singular} was` : `first ${count} ${plural} were`;
	return `Only the ${returned} returned, because Limit says so. To get more, raise Limit or turn Return All on.`;
}
