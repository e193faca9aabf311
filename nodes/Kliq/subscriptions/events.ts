import type { INodePropertyOptions } from 'n8n-workflow';

/**
 * KLIQ's event types (KLIQ, Webhooks, "Event types"); `action` is the entry in the nodes panel.
 *
 * Assumption: KLIQ-EVENT-DATA.
 */
export const EVENT_OPTIONS: INodePropertyOptions[] = [
	{
		name: 'CV Job Completed',
		value: 'cv.job.completed',
		action: 'On CV job completed',
		description: 'A photo has been analyzed; the event holds the result',
	},
	{
		name: 'CV Job Failed',
		value: 'cv.job.failed',
		action: 'On CV job failed',
		description: 'A photo could not be analyzed',
	},
	{
		name: 'Observation Created',
		value: 'observation.created',
		action: 'On observation created',
		description: 'A photo from the field has been submitted',
	},
	{
		name: 'Observation Updated',
		value: 'observation.updated',
		action: 'On observation updated',
		description: 'A submitted observation has been changed',
	},
	{
		name: 'Visit Submitted',
		value: 'visit.submitted',
		action: 'On visit submitted',
		description: 'A person has submitted a field visit',
	},
];

/** KLIQ's event types by their API names. */
export const EVENT_TYPES = EVENT_OPTIONS.map(({ value }) => String(value));

/** The name that the editor shows for an event type; the type itself if it is unknown. */
export const eventName = (type: string): string =>
	EVENT_OPTIONS.find(({ value }) => value === type)?.name ?? type;
