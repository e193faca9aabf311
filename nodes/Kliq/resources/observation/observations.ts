import type { ListCall } from '../../client/pages';
import { locatorField } from '../locator';

/** Reading KLIQ's observations. */
export const OBSERVATIONS = {
	path: ['observations'],
	thing: 'observation',
	scope: 'observations:read',
} satisfies ListCall;

/** What making and deleting observations takes. */
export const WRITING = 'observations:write';

/** The fields of an observation that KLIQ documents. */
export const DOCUMENTED_FIELDS = [
	'id',
	'locationId',
	'imageUrl',
	'latitude',
	'longitude',
	'metadata',
	'status',
];

/** The field that names one observation. */
export const observationField = (description: string) =>
	locatorField({
		name: 'observationId',
		displayName: 'Observation',
		description,
		searchListMethod: 'searchObservations',
		listPlaceholder: 'Select an observation…',
		sampleId: 'obs_abc123',
	});
