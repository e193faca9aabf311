import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { readResourceId } from '../../parameters/resourceLocator';
import { deleteOne } from '../deleteOne';
import { OBSERVATION_ID, observationField } from './shared';

/** Observation → Delete. */
export const deleteOperation: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['observation'], operation: ['delete'] } }, [
		observationField('The observation to delete. KLIQ cannot bring it back.'),
	]),

	async execute(kliq, parameters) {
		return await deleteOne(kliq, 'observation', readResourceId(parameters, OBSERVATION_ID));
	},
};
