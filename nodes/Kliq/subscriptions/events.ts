import type { INodePropertyOptions } from 'n8n-workflow';

/** KLIQ's event types by their API names (KLIQ, Webhooks, "Event types"). */
export const EVENT_OPTIONS: INodePropertyOptions[] = [
	{
		name: 'CV Job Completed',
		value: 'cv.job.completed',
		description: 'A model has finished analysing a photo; the event holds what it found',
	},
	{
		name: 'CV Job Failed',
		value: 'cv.job.failed',
		description: 'A model could not analyse a photo',
	},
	{
		name: 'Observation Created',
		value: 'observation.created',
		description: 'A photo from the field has been submitted',
	},
	{
		name: 'Observation Updated',
		value: 'observation.updated',
		description: 'A submitted observation has been changed',
	},
	{
		name: 'Visit Submitted',
		value: 'visit.submitted',
		description: 'A person has submitted a field visit',
	},
];
