import type { IDataObject } from 'n8n-workflow';

import { getById } from '../../transport/entity';
import { displayFor } from '../displayFor';
import {
	readResourceId,
	resourceLocatorField,
	type Locator,
} from '../../parameters/resourceLocator';
import type { Operation } from '../../execution/operation';
import { simplify, SIMPLIFY_FIELD, readSimplify } from '../../parameters/simplify';
import { DOCUMENTED_FIELDS, JOBS } from './shared';
import { SPLIT_DETECTIONS_OPTION, splitDetections, readSplitDetections } from './splitDetections';

const JOB_ID: Locator = {
	name: 'jobId',
	displayName: 'CV Job',
	description: 'The job to return, with its result once it has completed',
	searchListMethod: 'searchJobs',
	listPlaceholder: 'Select a CV job…',
	sampleId: 'job_abc123',
};

/** CV Job → Get. */
export const get: Operation = {
	fields: displayFor(
		'cvJob',
		['get'],
		[
			resourceLocatorField(JOB_ID),
			SIMPLIFY_FIELD,
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add Option',
				default: {},
				options: [SPLIT_DETECTIONS_OPTION],
			},
		],
	),

	async execute(context, itemIndex) {
		const id = readResourceId(context, JOB_ID, itemIndex);
		const isSimple = readSimplify(context, itemIndex);
		const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
		const isSplit = readSplitDetections(context, itemIndex, options);
		const job = await getById(context, { ...JOBS, itemIndex }, id);
		const shown = isSimple ? simplify(job, DOCUMENTED_FIELDS) : job;
		return isSplit ? splitDetections(shown) : [shown];
	},
};
