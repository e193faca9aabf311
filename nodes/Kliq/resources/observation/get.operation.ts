import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { optionsField } from '../../parameters/collection';
import { outputModeFields, readOutputMode } from '../../parameters/outputMode';
import { readResourceId } from '../../parameters/resourceLocator';
import { downloadObservationPhoto, PHOTO_OPTIONS, readPhotoField } from './photo';
import { DOCUMENTED_FIELDS, FIELD_OPTIONS, OBSERVATION_ID, observationField } from './shared';

/** Observation → Get. */
export const get: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['observation'], operation: ['get'] } }, [
		observationField(
			'The observation to return. Choose it from the list, or use the observationId of a KLIQ event.',
		),
		...outputModeFields(FIELD_OPTIONS),
		{
			...optionsField(PHOTO_OPTIONS),
			// n8n gives agents no binary data.
			displayOptions: { hide: { '@tool': [true] } },
		},
	]),

	async execute(kliq, parameters) {
		const id = readResourceId(parameters, OBSERVATION_ID);
		const toJson = readOutputMode(parameters, DOCUMENTED_FIELDS);
		const photoField = readPhotoField(parameters.getCollection('options'));
		const observation = await kliq.getById('observation', id);
		const jsons = [toJson(observation)];
		if (photoField === undefined) return jsons;
		const photo = await downloadObservationPhoto(kliq, observation.imageUrl);
		return { jsons, files: { [photoField]: photo } };
	},
};
