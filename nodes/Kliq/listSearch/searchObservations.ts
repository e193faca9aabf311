import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { searchList, withDetails } from './searchList';
import { OBSERVATIONS } from '../resources/observation/shared';

/**
 * One page of the "From List" drop-down of observations.
 *
 * @param filter what the person has typed; looked for in ID, location and status
 * @param paginationToken where the page begins, as the page before gave it
 */
export async function searchObservations(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchList(
		this,
		OBSERVATIONS,
		({ id, locationId, status }) => withDetails(id, locationId, status),
		{ filter, paginationToken },
	);
}
