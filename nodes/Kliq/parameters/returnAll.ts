import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

import { describeValue, getFieldValue } from './field';
import { readBoolean } from './boolean';
import { toNumber } from './number';

const RETURN_ALL: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

const LIMIT: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	displayOptions: { show: { returnAll: [false] } },
	description: 'Max number of results to return',
};

/** The fields with which every Get Many says how much it wants. */
export const RETURN_ALL_FIELDS: INodeProperties[] = [RETURN_ALL, LIMIT];

/**
 * How many results an item asks for; Infinity for all.
 *
 * @throws NodeOperationError for a limit that is no whole number of at least 1
 */
export function readLimit(context: IExecuteFunctions, itemIndex: number): number {
	if (readBoolean(context, RETURN_ALL, itemIndex)) return Infinity;
	const value = getFieldValue(context, LIMIT, itemIndex);
	const limit = toNumber(value);
	if (Number.isSafeInteger(limit) && limit >= 1) return limit;
	throw new NodeOperationError(context.getNode(), 'The Limit is not a whole number of at least 1', {
		description: `It is ${describeValue(value)}. Enter how many results to return, or turn Return All on.`,
		itemIndex,
	});
}
