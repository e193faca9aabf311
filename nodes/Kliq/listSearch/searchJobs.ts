import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { searchList, withDetails } from './searchList';

/**
 * One page of the "From List" drop-down of CV jobs.
 *
 * @param filter what the user has typed; matched against ID, model, status and observation
 * @param paginationToken cursor from the page before
 */
export async function searchJobs(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchList(
		this,
		'cvJob',
		({ id, model, status, observationId }) => withDetails(id, model, status, observationId),
		{ filter, paginationToken },
	);
}
