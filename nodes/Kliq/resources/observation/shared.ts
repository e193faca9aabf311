import type { ListCall } from '../../transport/pagination';
import { resourceLocatorField, type Locator } from '../../parameters/resourceLocator';

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

/** How every field that names one observation is called, and where its list comes from. */
export const OBSERVATION_ID = {
	name: 'observationId',
	displayName: 'Observation',
	searchListMethod: 'searchObservations',
	listPlaceholder: 'Select an observation…',
	sampleId: 'obs_abc123',
} satisfies Partial<Locator>;

/** The field that names one observation. */
export const observationField = (description: string) =>
	resourceLocatorField({ ...OBSERVATION_ID, description });
