import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { createdAt, describeEntry, searchList } from './searchList';

/**
 * One page of the "From List" drop-down of observations.
 *
 * @param filter what the user has typed; matched against location, status, time and ID
 * @param paginationToken cursor from the page before
 */
export async function searchObservations(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchList(
		this,
		'observation',
		(each) => describeEntry(each.locationId, each.status, createdAt(this, each), each.id),
		{ filter, paginationToken },
	);
}
