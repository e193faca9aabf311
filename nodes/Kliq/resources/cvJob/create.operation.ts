import { updateDisplayOptions, type IDataObject, type INodeProperties } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { readBoolean } from '../../parameters/boolean';
import { optionsField } from '../../parameters/collection';
import type { FieldSource } from '../../parameters/itemParameters';
import { toNumber } from '../../parameters/number';
import { readResourceId } from '../../parameters/resourceLocator';
import {
	readSplitDetections,
	splitDetections,
	SPLIT_DETECTIONS_OPTION,
} from '../../parameters/splitDetections';
import { readRequiredText } from '../../parameters/text';
import { describeValue, isBlank } from '../../parameters/value';
import type { KliqClient } from '../../transport/client';
import { RESOURCES } from '../../types';
import { monotonicNow } from '../../utils/monotonicClock';
import { OBSERVATION_ID, observationField } from '../observation/shared';
import { DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S, waitForJob } from './waitForJob';

const MODEL: INodeProperties = {
	displayName: 'Model',
	name: 'model',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. shelf-detection-v2',
	description: 'Name of the KLIQ model that is to analyze the photo',
};

const WAIT_FOR_COMPLETION: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: false,
	description:
		'Whether to wait until the job has finished and return it with its result. For many jobs, or long ones, leave it off and start a second workflow with KLIQ Trigger on “CV Job Completed”.',
};

const TIMEOUT: INodeProperties = {
	displayName: 'Timeout',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: MAX_TIMEOUT_S },
	default: DEFAULT_TIMEOUT_S,
	description:
		'How many seconds to wait for the job, 3600 at most. A job that takes longer goes on at KLIQ; the item fails and names it.',
};

/** CV Job → Start. */
export const create: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['cvJob'], operation: ['create'] } }, [
		observationField('The observation whose photo the model is to analyze'),
		MODEL,
		WAIT_FOR_COMPLETION,
		{
			...optionsField([SPLIT_DETECTIONS_OPTION, TIMEOUT]),
			displayOptions: { show: { waitForCompletion: [true] } },
		},
	]),

	async execute(kliq, parameters) {
		const observationId = readResourceId(parameters, OBSERVATION_ID);
		const model = readModel(parameters);
		if (!readBoolean(parameters, WAIT_FOR_COMPLETION)) {
			return [(await startJob(kliq, observationId, model)).entity];
		}

		const options = parameters.getCollection('options');
		const isSplit = readSplitDetections(options);
		const timeoutSeconds = readTimeout(options);
		const { entity: job, id: jobId } = await startJob(kliq, observationId, model);
		const startedAt = monotonicNow();
		const poll = {
			kliq,
			jobId,
			timeoutSeconds,
			startedAt,
			deadline: startedAt + timeoutSeconds * 1_000,
			toOutput: (finished: IDataObject) =>
				isSplit ? splitDetections({ observationId, model, ...finished }) : [finished],
		};
		return await waitForJob(poll, { job });
	},
};

// Assumption KLIQ-JOB-OBSERVATION (docs/kliq-assumptions.md).
async function startJob(kliq: KliqClient, observationId: string, model: string) {
	const notFound = { entity: RESOURCES.observation, id: observationId };
	return await kliq.create('cvJob', { observationId, model }, { notFound });
}

const readModel = (source: FieldSource) =>
	readRequiredText(source, MODEL, {
		message: 'No model is given',
		description:
			'Enter the name of a KLIQ model under Model, for example shelf-detection-v2. If it comes from an expression, check that it is not empty.',
	});

function readTimeout(options: FieldSource): number {
	const value = options.getValue(TIMEOUT);
	const seconds = isBlank(value) ? DEFAULT_TIMEOUT_S : toNumber(value);
	if (seconds >= 1 && seconds <= MAX_TIMEOUT_S) return seconds;
	throw options.operationError(
		'The Timeout is not from 1 to 3,600 seconds',
		`It is ${describeValue(value)}. For jobs that take longer, use KLIQ Trigger on “CV Job Completed”.`,
	);
}
