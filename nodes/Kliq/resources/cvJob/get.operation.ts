import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { optionsField } from '../../parameters/collection';
import { outputModeFields, readOutputMode } from '../../parameters/outputMode';
import { readResourceId, resourceLocatorField } from '../../parameters/resourceLocator';
import {
	readSplitDetections,
	splitDetections,
	SPLIT_DETECTIONS_OPTION,
} from '../../parameters/splitDetections';
import { DOCUMENTED_FIELDS, FIELD_OPTIONS, JOB_ID } from './shared';

/** CV Job → Get. */
export const get: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['cvJob'], operation: ['get'] } }, [
		resourceLocatorField(JOB_ID),
		...outputModeFields(FIELD_OPTIONS),
		optionsField([SPLIT_DETECTIONS_OPTION]),
	]),

	async execute(kliq, parameters) {
		const id = readResourceId(parameters, JOB_ID);
		const toJson = readOutputMode(parameters, DOCUMENTED_FIELDS);
		const isSplit = readSplitDetections(parameters.getCollection('options'));
		const job = toJson(await kliq.getById('cvJob', id));
		return isSplit ? splitDetections(job) : [job];
	},
};
