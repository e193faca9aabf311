import type { INodeProperties } from 'n8n-workflow';

import { readBoolean } from './boolean';
import type { FieldSource, ItemParameters } from './itemParameters';
import { toNumber } from './number';
import { describeValue } from './value';

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

/** The fields by which every Get Many limits its results. */
export const RETURN_ALL_FIELDS: INodeProperties[] = [RETURN_ALL, LIMIT];

/**
 * Reads Return All and Limit.
 *
 * @returns the number of results; Infinity for all
 * @throws NodeOperationError for a limit that is no whole number of at least 1
 */
export function readLimit(source: FieldSource): number {
	if (readBoolean(source, RETURN_ALL)) return Infinity;
	const value = source.getValue(LIMIT);
	const limit = toNumber(value);
	if (Number.isSafeInteger(limit) && limit >= 1) return limit;
	throw source.operationError(
		'The Limit is not a whole number of at least 1',
		`It is ${describeValue(value)}. Enter how many results to return, or turn Return All on.`,
	);
}

/**
 * True where n8n's editor says by itself that Limit is reached: where the node's output is as long as the
 * number in the field `limit` (n8n's editor, `getGenericHints`; both major versions).
 */
export const isLimitToldByEditor = (parameters: ItemParameters, count: number): boolean =>
	parameters.getFixedValue(LIMIT) === count;
