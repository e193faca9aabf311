import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { readResourceId } from '../../parameters/resourceLocator';
import { readSimplify, simplify, SIMPLIFY_FIELD } from '../../parameters/simplify';
import { DOCUMENTED_FIELDS, OBSERVATION_ID, observationField } from './shared';

/** Observation → Get. */
export const get: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['observation'], operation: ['get'] } }, [
		observationField(
			'The observation to return. Choose it from the list, or use the observationId of a KLIQ event.',
		),
		SIMPLIFY_FIELD,
	]),

	async execute(kliq, parameters) {
		const id = readResourceId(parameters, OBSERVATION_ID);
		const isSimplified = readSimplify(parameters);
		const observation = await kliq.getById('observation', id);
		return [isSimplified ? simplify(observation, DOCUMENTED_FIELDS) : observation];
	},
};
