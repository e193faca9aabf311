import { deleteThing } from '../../transport/entity';
import { displayFor } from '../displayFor';
import { locatedId } from '../../parameters/resourceLocator';
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
		const id = locatedId(context, OBSERVATION_ID, itemIndex);
		await deleteThing(context, { ...OBSERVATIONS, scope: WRITING, itemIndex }, id);
		return [{ deleted: true }];
	},
};
