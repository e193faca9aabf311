import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { idOfMade } from '../../transport/createdId';
import { kliqApiRequest } from '../../transport/request';
import { unwrapEntity } from '../../transport/entity';
import { displayFor } from '../displayFor';
import { readText } from '../../parameters/text';
import { readHttpUrl } from '../../parameters/httpUrl';
import type { Operation } from '../../execution/operation';
import { readCoordinates } from './coordinates';
import { METADATA_FIELD, readMetadata, type MetadataInput } from './metadata';
import { OBSERVATIONS, WRITING } from './shared';

const LOCATION_ID: INodeProperties = {
	displayName: 'Location ID',
	name: 'locationId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'loc_abc123',
	description: 'The KLIQ location that the photo shows',
};

const IMAGE_URL: INodeProperties = {
	displayName: 'Image URL',
	name: 'imageUrl',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'https://images.example.com/shelf.jpg',
	description:
		'Where KLIQ gets the photo from: an address that the internet can reach, a JPEG or PNG of 20 MB at most',
};

/** Observation → Create. */
export const create: Operation = {
	fields: displayFor(
		'observation',
		['create'],
		[
			LOCATION_ID,
			IMAGE_URL,
			{
				displayName: 'Additional Fields',
				name: 'additionalFields',
				type: 'collection',
				placeholder: 'Add Field',
				default: {},
				options: [
					{
						displayName: 'Latitude',
						name: 'latitude',
						type: 'number',
						typeOptions: { minValue: -90, maxValue: 90 },
						default: 0,
						description: 'Degrees north, from -90 to 90. Needs a longitude, too.',
					},
					{
						displayName: 'Longitude',
						name: 'longitude',
						type: 'number',
						typeOptions: { minValue: -180, maxValue: 180 },
						default: 0,
						description: 'Degrees east, from -180 to 180. Needs a latitude, too.',
					},
					METADATA_FIELD,
				],
			},
		],
	),

	async execute(context, itemIndex) {
		const id = readText(context, LOCATION_ID, itemIndex);
		const imageUrl = readHttpUrl(context, IMAGE_URL, itemIndex);
		const more = context.getNodeParameter('additionalFields', itemIndex, {}) as IDataObject;
		const metadata = readMetadata(context, (more.metadata ?? {}) as MetadataInput, itemIndex);
		const body = {
			locationId: id,
			imageUrl,
			...readCoordinates(context, more, itemIndex),
			...(metadata && { metadata }),
		};

		// What KLIQ may not find is the location.
		const about = { thing: 'location', id } as const;
		const { path } = OBSERVATIONS;
		const call = { path, ...about, method: 'POST', body, scope: WRITING, itemIndex } as const;
		const observation = unwrapEntity(await kliqApiRequest(context, call));
		idOfMade(context, observation, { thing: 'observation', verb: 'made', itemIndex });
		return [observation];
	},
};
