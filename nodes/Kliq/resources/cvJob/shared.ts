import type { Locator } from '../../parameters/resourceLocator';

/** The fields of a CV job that KLIQ documents. */
export const DOCUMENTED_FIELDS = ['id', 'observationId', 'model', 'status', 'result', 'error'];

/** The field that selects a job. */
export const JOB_ID: Locator = {
	name: 'jobId',
	displayName: 'CV Job',
	description: 'The job to return, with its result once it has completed',
	searchListMethod: 'searchJobs',
	listPlaceholder: 'Select a CV job…',
	sampleId: 'job_abc123',
};
