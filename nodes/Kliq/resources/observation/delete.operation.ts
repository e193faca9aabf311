import { deleteById } from '../../transport/entity';
import { displayFor } from '../displayFor';
import { readResourceId } from '../../parameters/resourceLocator';
import type { Operation } from '../../execution/operation';
import { OBSERVATION_ID, observationField, OBSERVATIONS, WRITING } from './shared';

/** Observation → Delete. */
export const deleteOperation: Operation = {
	fields: displayFor(
		'observation',
		['delete'],
		[observationField('The observation to delete. KLIQ cannot bring it back.')],
	),

	async execute(context, itemIndex) {
		const id = readResourceId(context, OBSERVATION_ID, itemIndex);
		await deleteById(context, { ...OBSERVATIONS, scope: WRITING, itemIndex }, id);
		return [{ deleted: true }];
	},
};
