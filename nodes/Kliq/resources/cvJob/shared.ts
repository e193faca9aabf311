import type { INodePropertyOptions } from 'n8n-workflow';

import type { Locator } from '../../parameters/resourceLocator';

/** The fields of a CV job that KLIQ documents, besides its ID. */
export const FIELD_OPTIONS: INodePropertyOptions[] = [
	{ name: 'Error', value: 'error', description: 'Why the job failed' },
	{ name: 'Model', value: 'model' },
	{ name: 'Observation ID', value: 'observationId' },
	{ name: 'Result', value: 'result', description: 'What the model found' },
	{ name: 'Status', value: 'status' },
];

/** The names of the fields of a CV job that KLIQ documents. */
export const DOCUMENTED_FIELDS = ['id', ...FIELD_OPTIONS.map(({ value }) => String(value))];

/** The field that selects a job. */
export const JOB_ID: Locator = {
	name: 'jobId',
	displayName: 'CV Job',
	description: 'The job to return, with its result once it has completed',
	searchListMethod: 'searchJobs',
	listPlaceholder: 'Select a CV job…',
	sampleId: 'job_abc123',
};
