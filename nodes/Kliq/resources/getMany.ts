import type { IDataObject } from 'n8n-workflow';

import type { Output } from '../execution/operation';
import type { ItemParameters } from '../parameters/itemParameters';
import { readLimit } from '../parameters/returnAll';
import type { KliqClient } from '../transport/client';
import { RESOURCES, type ResourceName } from '../types';

/** What to read of a list, and how to put it out. */
export interface Selection<T> {
	/** Filters that KLIQ applies. */
	query?: IDataObject;
	/** Filter that is applied here; undefined for none. */
	matches?: (entry: T) => boolean;
	/** An entry's JSON in the output; the entry itself if missing. */
	toJson?: (entry: T) => IDataObject;
}

/**
 * Reads as many entries of a list as the item asks for by Return All and Limit, and no page more than
 * that takes. Hints at it where the limit has cut the list off.
 *
 * @throws NodeOperationError as `readLimit`, NodeApiError as `paginatePages`
 */
export async function getMany<T extends IDataObject>(
	kliq: KliqClient,
	parameters: ItemParameters,
	resource: ResourceName,
	{ query, matches, toJson = (entry) => entry }: Selection<T> = {},
): Promise<Output> {
	const limit = readLimit(parameters);
	// Which entries of a page match is unknown, so pages are as long as KLIQ allows.
	const pages = kliq.paginatePages<T>(resource, { query, limit: matches ? Infinity : limit });
	const found: T[] = [];
	let isEnd = true;
	for await (const { entries, isLast } of pages) {
		found.push(...(matches ? entries.filter(matches) : entries));
		isEnd = isLast && found.length <= limit;
		if (found.length >= limit) break;
	}
	const jsons = found.slice(0, limit).map(toJson);
	return isEnd ? { jsons } : { jsons, hint: cutOff(resource, jsons.length) };
}

function cutOff(resource: ResourceName, count: number): string {
	const { singular, plural } = RESOURCES[resource];
	const returned = count === 1 ? `first ${singular} was` : `first ${count} ${plural} were`;
	return `Only the ${returned} returned, because Limit says so. To get more, raise Limit or turn Return All on.`;
}
