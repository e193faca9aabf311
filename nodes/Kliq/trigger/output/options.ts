import type { INodeProperties } from 'n8n-workflow';

import { optionsField } from '../../parameters/collection';
import type { FieldSource } from '../../parameters/itemParameters';
import { toNumber } from '../../parameters/number';
import { SPLIT_DETECTIONS_OPTION } from '../../parameters/splitDetections';
import { isBlank, describeValue } from '../../parameters/value';
import { DEFAULT_REMEMBERED, MAX_REMEMBERED, MIN_REMEMBERED } from './deduplicator';

/** The option that asks whether to end events that have come before. */
export const IGNORE_REPEATS_OPTION: INodeProperties = {
	displayName: 'Ignore Repeats',
	name: 'ignoreRepeats',
	type: 'boolean',
	default: true,
	// With "When Last Node Finishes", KLIQ's repeat is what saves an event whose workflow has failed.
	displayOptions: { show: { '/respond': ['onReceived'] } },
	description:
		'Whether to end an event that this trigger has let through before: KLIQ may send an event more than once. The trigger remembers events by their IDs in n8n’s database. Test events are not remembered. Only with Respond: Immediately, because otherwise KLIQ repeats an event on purpose when the workflow has failed.',
};

const EVENTS_TO_REMEMBER_OPTION: INodeProperties = {
	displayName: 'Events to Remember',
	name: 'eventsToRemember',
	type: 'number',
	typeOptions: { minValue: MIN_REMEMBERED, maxValue: MAX_REMEMBERED },
	default: DEFAULT_REMEMBERED,
	displayOptions: { show: { '/respond': ['onReceived'], ignoreRepeats: [true] } },
	description:
		'How many events Ignore Repeats remembers, the newest ones, 100 to 10,000. KLIQ repeats an event for about a day, so take a day’s events.',
};

const MODELS_OPTION: INodeProperties = {
	displayName: 'Models',
	name: 'models',
	type: 'string',
	default: '',
	placeholder: 'e.g. shelf-detection-v2, price-tag-v1',
	description:
		'Start the workflow only for CV jobs of these models, separated by commas. Jobs of other models start nothing and cost no execution. Events without a model, such as Visit Submitted, start the workflow all the same.',
};

/** The trigger's Options. */
export const OPTIONS_FIELD = optionsField([
	IGNORE_REPEATS_OPTION,
	MODELS_OPTION,
	EVENTS_TO_REMEMBER_OPTION,
	{
		...SPLIT_DETECTIONS_OPTION,
		description:
			'Whether to give one item for each detection of a completed CV job, with jobId, observationId and model, instead of the event. A job without detections gives one item with what the job holds and no objectName, so that none is lost. Other events stay as they are.',
	},
]);

/**
 * Reads Events to Remember.
 *
 * @returns a number of events
 * @throws NodeOperationError for anything that is not a number within the limits
 */
export function readEventsToRemember(options: FieldSource): number {
	const value = options.getValue(EVENTS_TO_REMEMBER_OPTION);
	const count = isBlank(value) ? DEFAULT_REMEMBERED : toNumber(value);
	if (Number.isInteger(count) && count >= MIN_REMEMBERED && count <= MAX_REMEMBERED) return count;
	throw options.operationError(
		'Events to Remember is not a whole number from 100 to 10,000',
		`It is ${describeValue(value)}. Enter such a number under Options of the KLIQ Trigger. The event that came is in this execution: run it again afterwards.`,
	);
}
