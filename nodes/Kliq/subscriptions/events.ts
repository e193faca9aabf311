import type { INodePropertyOptions } from 'n8n-workflow';

/** KLIQ's event types by their API names (KLIQ, Webhooks, "Event types"), each with its line in the nodes panel. */
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

/**
 * The events that a field names, however an expression or an AI agent fills it: a list, one name,
 * names with commas between them, or a list as JSON.
 *
 * @returns each name once, without white space around it, whether KLIQ knows it or not; none for
 * anything else
 */
export function asEvents(value: unknown): string[] {
	const entries: unknown = typeof value === 'string' ? entriesIn(value) : value;
	if (!Array.isArray(entries)) return [];
	const names = entries.map((entry) => (typeof entry === 'string' ? entry.trim() : ''));
	return [...new Set(names.filter((name) => name !== ''))];
}

function entriesIn(text: string): unknown[] {
	try {
		const parsed: unknown = JSON.parse(text);
		if (Array.isArray(parsed)) return parsed;
	} catch {
		// Not JSON, then names as they are.
	}
	return text.split(',');
}
