import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { readAddedOption } from '../../parameters/boolean';
import { ItemParameters, type FieldSource } from '../../parameters/itemParameters';
import { readSplitDetections, splitDetections } from '../../parameters/splitDetections';
import { isObject } from '../../utils/object';
import { redactSecrets } from '../../utils/redact';
import { memoryOf } from '../memory';
import { reportedError } from '../subscription/failedExecutionV1';
import { IGNORE_REPEATS_OPTION, readEventsToRemember } from './options';

/**
 * Gives the next node the event that `webhook()` has verified, as the trigger's options want it. n8n
 * does not call it for pinned data.
 *
 * @returns one item, or one for each detection; none for a repeat that is to be ignored
 * @throws NodeOperationError for an option whose expression gives a wrong value; the event stays in the
 * failed execution. And what a health check tells the owner on n8n 1.x
 */
export async function outputEvent(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const [item] = context.getInputData();
	const report = reportedError(context.getNode(), item);
	if (report !== undefined) throw report;
	const options = new ItemParameters(context, 0).getCollection('options');
	const isSplit = readSplitDetections(options);
	if (ignoresRepeats(context, options) && (await isRepeat(context, options, item.json))) {
		context.addExecutionHints({
			message:
				'KLIQ has sent this event before, so it ends here (KLIQ Trigger > Options > Ignore Repeats).',
			location: 'outputPane',
		});
		return [];
	}
	return isSplit ? splitEvent(item) : [item];
}

/**
 * Test events (mode `manual`) and executions that a person runs again (`retry`) are meant to run. With
 * "When Last Node Finishes" KLIQ repeats an event because its workflow has failed.
 */
function ignoresRepeats(context: IExecuteFunctions, options: FieldSource): boolean {
	return (
		readAddedOption(options, IGNORE_REPEATS_OPTION) &&
		context.getMode() === 'webhook' &&
		context.getNodeParameter('respond', 0) === 'onReceived'
	);
}

async function isRepeat(
	context: IExecuteFunctions,
	options: FieldSource,
	{ id }: IDataObject,
): Promise<boolean> {
	const maxEvents = readEventsToRemember(options);
	if (typeof id !== 'string' || id === '') return false;

	const node = context.getNode();
	const arrival = { eventId: id, executionId: context.getExecutionId() };
	const isKnown = await memoryOf(context).deduplicator.isRepeat(arrival, {
		data: context.helpers,
		maxEvents,
		onTrouble: (reason) =>
			context.logger.warn(
				`KLIQ Trigger "${node.name}" could not remember an event, so a repeat of it would run: ${redactSecrets(String(reason), [])}`,
			),
	});
	if (isKnown) context.logger.info(`KLIQ Trigger "${node.name}" ignored a repeated event`);
	return isKnown;
}

/** One item for each detection of a completed job, as CV Job → Get gives them. */
function splitEvent(item: INodeExecutionData): INodeExecutionData[] {
	const { type, data } = item.json;
	if (type !== 'cv.job.completed' || !isObject(data)) return [item];
	const { jobId, ...job } = data;
	return splitDetections({ ...job, id: jobId }).map((json) => ({ json, pairedItem: 0 }));
}
