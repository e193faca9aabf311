import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { outputModeFields, readOutputMode } from '../../parameters/outputMode';
import { readResourceId } from '../../parameters/resourceLocator';
import { DOCUMENTED_FIELDS, FIELD_OPTIONS, OBSERVATION_ID, observationField } from './shared';

/** Observation → Get. */
export const get: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['observation'], operation: ['get'] } }, [
		observationField(
			'The observation to return. Choose it from the list, or use the observationId of a KLIQ event.',
		),
		...outputModeFields(FIELD_OPTIONS),
	]),

	async execute(kliq, parameters) {
		const id = readResourceId(parameters, OBSERVATION_ID);
		const toJson = readOutputMode(parameters, DOCUMENTED_FIELDS);
		return [toJson(await kliq.getById('observation', id))];
	},
};
