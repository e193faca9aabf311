import { getById } from '../../transport/entity';
import { displayFor } from '../displayFor';
import { readResourceId } from '../../parameters/resourceLocator';
import type { Operation } from '../../execution/operation';
import { simplify, SIMPLIFY_FIELD, readSimplify } from '../../parameters/simplify';
import { DOCUMENTED_FIELDS, OBSERVATION_ID, observationField, OBSERVATIONS } from './shared';

/** Observation → Get. */
export const get: Operation = {
	fields: displayFor(
		'observation',
		['get'],
		[
			observationField(
				'The observation to return. Choose it from the list, or use the observationId of a KLIQ event.',
			),
			SIMPLIFY_FIELD,
		],
	),

	async execute(context, itemIndex) {
		const id = readResourceId(context, OBSERVATION_ID, itemIndex);
		const isSimple = readSimplify(context, itemIndex);
		const observation = await getById(context, { ...OBSERVATIONS, itemIndex }, id);
		return [isSimple ? simplify(observation, DOCUMENTED_FIELDS) : observation];
	},
};
