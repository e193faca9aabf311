import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { searchList, withDetails } from './searchList';
import { JOBS } from '../resources/cvJob/shared';

/**
 * One page of the "From List" drop-down of CV jobs.
 *
 * @param filter what the person has typed; looked for in ID, model, status and observation
 * @param paginationToken where the page begins, as the page before gave it
 */
export async function searchJobs(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchList(
		this,
		JOBS,
		({ id, model, status, observationId }) => withDetails(id, model, status, observationId),
		{ filter, paginationToken },
	);
}
