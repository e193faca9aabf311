import type { IDataObject } from 'n8n-workflow';

import { getThing } from '../../transport/entity';
import { displayFor } from '../displayFor';
import { locatedId, locatorField, type Locator } from '../../parameters/resourceLocator';
import type { Operation } from '../../execution/operation';
import { simplify, SIMPLIFY_FIELD, wantsSimple } from '../../parameters/simplify';
import { DOCUMENTED_FIELDS, JOBS } from './shared';
import { SPLIT_DETECTIONS_OPTION, splitDetections, wantsSplit } from './splitDetections';

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
			locatorField(JOB_ID),
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
		const id = locatedId(context, JOB_ID, itemIndex);
		const isSimple = wantsSimple(context, itemIndex);
		const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
		const isSplit = wantsSplit(context, itemIndex, options);
		const job = await getThing(context, { ...JOBS, itemIndex }, id);
		const shown = isSimple ? simplify(job, DOCUMENTED_FIELDS) : job;
		return isSplit ? splitDetections(shown) : [shown];
	},
};
