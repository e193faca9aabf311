import type { INodeProperties } from 'n8n-workflow';

import type { OutputFile } from '../../execution/operation';
import { readAddedOption } from '../../parameters/boolean';
import type { FieldSource } from '../../parameters/itemParameters';
import { readText } from '../../parameters/text';
import type { KliqClient } from '../../transport/client';
import { isHttpUrl } from '../../utils/url';

const DOWNLOAD_PHOTO: INodeProperties = {
	displayName: 'Download Photo',
	name: 'downloadPhoto',
	type: 'boolean',
	default: true,
	description:
		'Whether to put the photo itself into the item, for nodes that send or edit files. It comes from the observation’s imageUrl, without the API key; 20 MB and 30 seconds are the limits.',
};

const BINARY_PROPERTY_NAME: INodeProperties = {
	displayName: 'Put Output File in Field',
	name: 'binaryPropertyName',
	type: 'string',
	default: 'data',
	placeholder: 'e.g. data',
	description: 'Name of the binary field that takes the photo, with Download Photo',
};

/** The options of Observation → Get. */
export const PHOTO_OPTIONS = [DOWNLOAD_PHOTO, BINARY_PROPERTY_NAME];

/**
 * Reads the options.
 *
 * @param options the collection that holds them
 * @returns the binary field that takes the photo; undefined if none is to be downloaded
 * @throws NodeOperationError as `readAddedOption` and `readText`
 */
export function readPhotoField(options: FieldSource): string | undefined {
	if (!readAddedOption(options, DOWNLOAD_PHOTO)) return undefined;
	return readText(options, BINARY_PROPERTY_NAME) || String(BINARY_PROPERTY_NAME.default);
}

/**
 * Downloads the photo of an observation.
 *
 * @param imageUrl as KLIQ returned it
 * @throws NodeOperationError if there is no URL, and as `downloadPhoto`
 */
export async function downloadObservationPhoto(
	kliq: KliqClient,
	imageUrl: unknown,
): Promise<OutputFile> {
	const url = typeof imageUrl === 'string' ? imageUrl.trim() : '';
	if (isHttpUrl(url)) return await kliq.downloadPhoto(url);
	throw kliq.operationError(
		url === ''
			? 'The observation has no photo to download'
			: 'The photo’s address is not a web address',
		'KLIQ’s answer holds no imageUrl that begins with https:// or http://. Turn Download Photo off, or set On Error in the node’s settings to Continue, so that other observations go on.',
	);
}
