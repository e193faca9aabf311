import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { searchList, withDetails } from './searchList';

/**
 * One page of the "From List" drop-down of observations.
 *
 * @param filter what the user has typed; matched against ID, location and status
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
		({ id, locationId, status }) => withDetails(id, locationId, status),
		{ filter, paginationToken },
	);
}
