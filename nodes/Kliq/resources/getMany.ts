import type { IDataObject } from 'n8n-workflow';

import type { ItemParameters } from '../parameters/itemParameters';
import { readLimit } from '../parameters/returnAll';
import type { KliqClient } from '../transport/client';
import type { ResourceName } from '../types';

/**
 * Reads as many entries of a list as the item asks for by Return All and Limit.
 *
 * @throws NodeOperationError as `readLimit`, NodeApiError as `paginate`
 */
export async function getMany(
	kliq: KliqClient,
	parameters: ItemParameters,
	resource: ResourceName,
	query?: IDataObject,
): Promise<IDataObject[]> {
	const limit = readLimit(parameters);
	const entries: IDataObject[] = [];
	for await (const entry of kliq.paginate(resource, { query, limit })) entries.push(entry);
	return entries;
}
