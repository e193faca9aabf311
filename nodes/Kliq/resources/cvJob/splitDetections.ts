import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { readBoolean } from '../../parameters/boolean';
import { isObject } from '../../utils/object';

/** The option with which an operation asks whether to split a job's result. */
export const SPLIT_DETECTIONS_OPTION: INodeProperties = {
	displayName: 'Split Detections',
	name: 'splitDetections',
	type: 'boolean',
	default: false,
	description:
		'Whether to return one item for each detection, with jobId, observationId and model, instead of the whole job. A job without detections gives one item with what the job holds and no objectName, so that none is lost.',
};

/**
 * Whether the options of an item ask for its job to be split.
 *
 * @throws NodeOperationError as `readFlag`
 */
export const readSplitDetections = (
	context: IExecuteFunctions,
	itemIndex: number,
	options: IDataObject,
) => readBoolean(context, SPLIT_DETECTIONS_OPTION, itemIndex, options);

/**
 * Splits a job into its detections, each with the IDs of job and observation, ready for a sheet or
 * a database. What a detection says under the same names gives way to the job's, and a detection
 * that is no object stands under `detection`. Without detections (none found, not finished, failed)
 * the job itself remains, its ID named as in the others.
 */
export function splitDetections(job: IDataObject): IDataObject[] {
	const { id: jobId, ...rest } = job;
	const detections = isObject(job.result) ? job.result.detections : undefined;
	if (!Array.isArray(detections) || detections.length === 0) return [{ jobId, ...rest }];
	const { observationId, model } = job;
	const ofJob = { jobId, observationId, model };
	return (detections as unknown[]).map((detection) => {
		const found = isObject(detection) ? detection : ({ detection } as IDataObject);
		// Twice: to come first, and to win.
		return { ...ofJob, ...found, ...ofJob };
	});
}
