import type { INodePropertyOptions } from 'n8n-workflow';

import { resourceLocatorField, type Locator } from '../../parameters/resourceLocator';

/** The fields of an observation that KLIQ documents, besides its ID. */
export const FIELD_OPTIONS: INodePropertyOptions[] = [
	{ name: 'Image URL', value: 'imageUrl', description: 'Where the photo lies' },
	{ name: 'Latitude', value: 'latitude' },
	{ name: 'Location ID', value: 'locationId' },
	{ name: 'Longitude', value: 'longitude' },
	{ name: 'Metadata', value: 'metadata' },
	{ name: 'Status', value: 'status' },
];

/** The names of the fields of an observation that KLIQ documents. */
export const DOCUMENTED_FIELDS = ['id', ...FIELD_OPTIONS.map(({ value }) => String(value))];

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
