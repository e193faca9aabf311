import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeProperties,
} from 'n8n-workflow';

import { idOfMade } from '../../transport/createdId';
import { kliqApiRequest } from '../../transport/request';
import { unwrapEntity } from '../../transport/entity';
import { displayFor } from '../displayFor';
import { describeValue, isBlank, getFieldValue } from '../../parameters/field';
import { readBoolean } from '../../parameters/boolean';
import { toNumber } from '../../parameters/number';
import { readText } from '../../parameters/text';
import { readResourceId } from '../../parameters/resourceLocator';
import { OBSERVATION_ID, observationField } from '../observation/shared';
import type { Operation } from '../../execution/operation';
import { JOBS } from './shared';
import { SPLIT_DETECTIONS_OPTION, splitDetections, readSplitDetections } from './splitDetections';
import { DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S, waitForJob } from './waitForJob';

const MODEL: INodeProperties = {
	displayName: 'Model',
	name: 'model',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'shelf-detection-v2',
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
	fields: displayFor(
		'cvJob',
		['create'],
		[
			observationField('The observation whose photo the model is to analyze'),
			MODEL,
			WAIT_FOR_COMPLETION,
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add Option',
				default: {},
				displayOptions: { show: { waitForCompletion: [true] } },
				options: [SPLIT_DETECTIONS_OPTION, TIMEOUT],
			},
		],
	),

	async execute(context, itemIndex) {
		const observationId = readResourceId(context, OBSERVATION_ID, itemIndex);
		const model = readModel(context, itemIndex);
		if (!readBoolean(context, WAIT_FOR_COMPLETION, itemIndex)) {
			return [(await startJob(context, observationId, model, itemIndex)).job];
		}

		const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
		const isSplit = readSplitDetections(context, itemIndex, options);
		const timeoutSeconds = readTimeout(context, options, itemIndex);
		const { job, jobId } = await startJob(context, observationId, model, itemIndex);
		const watch = {
			context,
			itemIndex,
			jobId,
			timeoutSeconds,
			until: Date.now() + timeoutSeconds * 1_000,
			output: (finished: IDataObject) =>
				isSplit ? splitDetections({ observationId, model, ...finished }) : [finished],
		};
		return await waitForJob(watch, { job });
	},
};

async function startJob(
	context: IExecuteFunctions,
	observationId: string,
	model: string,
	itemIndex: number,
): Promise<{ job: IDataObject; jobId: string }> {
	// What KLIQ may not find is the observation.
	const about = { thing: 'observation', id: observationId } as const;
	const body = { observationId, model };
	const { path } = JOBS;
	const call = { path, ...about, method: 'POST', body, scope: 'cv:write', itemIndex } as const;
	const job = unwrapEntity(await kliqApiRequest(context, call));
	return { job, jobId: idOfMade(context, job, { thing: 'CV job', verb: 'started', itemIndex }) };
}

function readModel(context: IExecuteFunctions, itemIndex: number): string {
	const model = readText(context, MODEL, itemIndex);
	if (model !== '') return model;
	throw new NodeOperationError(context.getNode(), 'No model is given', {
		description:
			'Enter the name of a KLIQ model under Model, for example shelf-detection-v2. If it comes from an expression, check that it is not empty.',
		itemIndex,
	});
}

function readTimeout(context: IExecuteFunctions, options: IDataObject, itemIndex: number): number {
	const value = getFieldValue(context, TIMEOUT, itemIndex, options);
	const seconds = isBlank(value) ? DEFAULT_TIMEOUT_S : toNumber(value);
	if (seconds >= 1 && seconds <= MAX_TIMEOUT_S) return seconds;
	throw new NodeOperationError(context.getNode(), 'The Timeout is not from 1 to 3,600 seconds', {
		description: `It is ${describeValue(value)}. For jobs that take longer, use KLIQ Trigger on “CV Job Completed”.`,
		itemIndex,
	});
}
