import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { readHttpUrl } from '../../parameters/httpUrl';
import { readRequiredText } from '../../parameters/text';
import { LOCATION } from '../../types';
import { COORDINATES_FIELD, readCoordinates } from './coordinates';
import { METADATA_FIELD, readMetadata } from './metadata';

const LOCATION_ID: INodeProperties = {
	displayName: 'Location ID',
	name: 'locationId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. loc_abc123',
	description: 'The KLIQ location that the photo shows',
};

const IMAGE_URL: INodeProperties = {
	displayName: 'Image URL',
	name: 'imageUrl',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. https://images.example.com/shelf.jpg',
	description:
		'Where KLIQ gets the photo from: an address that the internet can reach, a JPEG or PNG of 20 MB at most',
};

/** Observation → Create. */
export const create: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['observation'], operation: ['create'] } }, [
		LOCATION_ID,
		IMAGE_URL,
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add Field',
			default: {},
			options: [COORDINATES_FIELD, METADATA_FIELD],
		},
	]),

	async execute(kliq, parameters) {
		const locationId = readRequiredText(parameters, LOCATION_ID, {
			message: 'No location is given',
			description:
				'Enter the Location ID as KLIQ shows it. If it comes from an expression, check that it is not empty.',
		});
		const imageUrl = readHttpUrl(parameters, IMAGE_URL);
		const additionalFields = parameters.getCollection('additionalFields');
		const metadata = readMetadata(additionalFields);
		const body = {
			locationId,
			imageUrl,
			...readCoordinates(additionalFields),
			...(metadata && { metadata }),
		};
		// Assumption KLIQ-OBS-LOCATION (docs/kliq-assumptions.md).
		const notFound = { entity: LOCATION, id: locationId };
		const { entity: observation } = await kliq.create('observation', body, { notFound });
		return [observation];
	},
};
