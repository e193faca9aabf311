import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { isCancelled } from '../client/pause';
import type { Operation } from './operation';

/** Items whose requests may be under way at the same time. */
export const MOST_IN_FLIGHT = 10;

/**
 * Runs an operation for every input item, a few at a time.
 *
 * @returns the output in the order of the input, each item paired to the one it came from; under
 * "continue on fail" an item that failed gives its error instead
 * @throws the error of the first item that failed, unless "continue on fail" is set; no further
 * item is begun then, those under way are finished
 */
export async function runItems(
	context: IExecuteFunctions,
	operation: Operation,
): Promise<INodeExecutionData[]> {
	const count = context.getInputData().length;
	const results = new Array<IDataObject[]>(count);
	const failures = new Map<number, Error>();
	const carriesOn = context.continueOnFail();
	let next = 0;

	const work = async () => {
		while (next < count && (carriesOn || failures.size === 0) && !isCancelled(context)) {
			const index = next++;
			try {
				results[index] = await operation.execute(context, index);
			} catch (error) {
				failures.set(index, asNodeError(context, error, index));
				results[index] = [{ error: (error as Error).message }];
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, MOST_IN_FLIGHT) }, work));

	if (failures.size > 0 && !carriesOn) throw failures.get(Math.min(...failures.keys()))!;
	return results.flatMap((jsons, item) => jsons.map((json) => ({ json, pairedItem: { item } })));
}

function asNodeError(context: IExecuteFunctions, error: unknown, itemIndex: number): Error {
	return error instanceof NodeApiError || error instanceof NodeOperationError
		? error
		: new NodeOperationError(context.getNode(), error as Error, { itemIndex });
}
