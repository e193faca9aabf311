import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { walkList, type ListCall } from '../transport/pagination';
import { wantedCount } from '../parameters/returnAll';

/**
 * The entries of a list, as many as the item asks for under Return All and Limit.
 *
 * @throws NodeApiError as `kliqRequest`
 */
export async function collect(
	context: IExecuteFunctions,
	call: ListCall,
	itemIndex: number,
): Promise<IDataObject[]> {
	const entries: IDataObject[] = [];
	const wanted = wantedCount(context, itemIndex);
	for await (const entry of walkList(context, { ...call, itemIndex }, wanted)) entries.push(entry);
	return entries;
}
