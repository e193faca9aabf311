import { getThing } from '../../transport/entity';
import { displayFor } from '../displayFor';
import { locatedId } from '../../parameters/resourceLocator';
import type { Operation } from '../../execution/operation';
import { simplify, SIMPLIFY_FIELD, wantsSimple } from '../../parameters/simplify';
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
		const id = locatedId(context, OBSERVATION_ID, itemIndex);
		const isSimple = wantsSimple(context, itemIndex);
		const observation = await getThing(context, { ...OBSERVATIONS, itemIndex }, id);
		return [isSimple ? simplify(observation, DOCUMENTED_FIELDS) : observation];
	},
};
