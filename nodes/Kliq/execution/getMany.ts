import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { paginate, type ListCall } from '../transport/pagination';
import { readLimit } from '../parameters/returnAll';

/**
 * The entries of a list, as many as the item asks for under Return All and Limit.
 *
 * @throws NodeApiError as `kliqRequest`
 */
export async function getMany(
	context: IExecuteFunctions,
	call: ListCall,
	itemIndex: number,
): Promise<IDataObject[]> {
	const entries: IDataObject[] = [];
	const wanted = readLimit(context, itemIndex);
	for await (const entry of paginate(context, { ...call, itemIndex }, wanted)) entries.push(entry);
	return entries;
}
