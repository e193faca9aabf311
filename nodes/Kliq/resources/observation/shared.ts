import { resourceLocatorField, type Locator } from '../../parameters/resourceLocator';

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

/** What every field that selects an observation has in common. */
export const OBSERVATION_ID = {
	name: 'observationId',
	displayName: 'Observation',
	searchListMethod: 'searchObservations',
	listPlaceholder: 'Select an observation…',
	sampleId: 'obs_abc123',
} satisfies Partial<Locator>;

/** A field that selects an observation. */
export const observationField = (description: string) =>
	resourceLocatorField({ ...OBSERVATION_ID, description });
