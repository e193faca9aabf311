import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { isObject } from '../utils/object';
import { readAddedOption } from './boolean';
import type { FieldSource } from './itemParameters';

/** The option that asks whether to split a job's result. */
export const SPLIT_DETECTIONS_OPTION: INodeProperties = {
	displayName: 'Split Detections',
	name: 'splitDetections',
	type: 'boolean',
	default: true,
	description:
		'Whether to return one item for each detection, with jobId, observationId and model, instead of the whole job. A job without detections gives one item with what the job holds and no objectName, so that none is lost.',
};

/**
 * Reads Split Detections.
 *
 * @param options the collection that holds it
 * @throws NodeOperationError as `readAddedOption`
 */
export const readSplitDetections = (options: FieldSource) =>
	readAddedOption(options, SPLIT_DETECTIONS_OPTION);

/**
 * Splits a job into one object per detection, each with the job's `jobId`, `observationId` and
 * `model`, which overwrite a detection's fields of the same name. A detection that is no object goes
 * under `detection`. A job without detections (none found, not finished, failed) gives the job itself
 * with `jobId` instead of `id`.
 */
export function splitDetections(job: IDataObject): IDataObject[] {
	const { id: jobId, ...rest } = job;
	const detections = isObject(job.result) ? job.result.detections : undefined;
	if (!Array.isArray(detections) || detections.length === 0) return [{ jobId, ...rest }];
	const { observationId, model } = job;
	const jobFields = { jobId, observationId, model };
	return (detections as unknown[]).map((detection) => {
		const fields = isObject(detection) ? detection : ({ detection } as IDataObject);
		// First for their position among the columns, last to overwrite.
		return { ...jobFields, ...fields, ...jobFields };
	});
}
