import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { createdAt, describeEntry, searchList } from './searchList';

/**
 * One page of the "From List" drop-down of CV jobs.
 *
 * @param filter what the user has typed; matched against status, model, observation, time and ID
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
		(job) => describeEntry(job.status, job.model, job.observationId, createdAt(this, job), job.id),
		{ filter, paginationToken },
	);
}
