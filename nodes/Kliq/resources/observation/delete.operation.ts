import { deleteThing } from '../../client/thing';
import { displayFor } from '../displayFor';
import { locatedId } from '../locator';
import type { Operation } from '../operation';
import { OBSERVATION_ID, observationField, OBSERVATIONS, WRITING } from './observations';

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
