import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { readResourceId, resourceLocatorField } from '../../parameters/resourceLocator';
import { readSimplify, simplify, SIMPLIFY_FIELD } from '../../parameters/simplify';
import {
	readSplitDetections,
	splitDetections,
	SPLIT_DETECTIONS_OPTION,
} from '../../parameters/splitDetections';
import { DOCUMENTED_FIELDS, JOB_ID } from './shared';

/** CV Job → Get. */
export const get: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['cvJob'], operation: ['get'] } }, [
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
	]),

	async execute(kliq, parameters) {
		const id = readResourceId(parameters, JOB_ID);
		const isSimplified = readSimplify(parameters);
		const isSplit = readSplitDetections(parameters.getCollection('options'));
		const response = await kliq.getById('cvJob', id);
		const job = isSimplified ? simplify(response, DOCUMENTED_FIELDS) : response;
		return isSplit ? splitDetections(job) : [job];
	},
};
