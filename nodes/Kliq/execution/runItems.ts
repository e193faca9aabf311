import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { isCancelled, cancellableSleep } from '../transport/retry/cancellableSleep';
import type { Deferred, Operation, OperationResult } from './operation';
import { Semaphore } from './semaphore';

/** Items whose requests may be under way at the same time. */
export const MAX_CONCURRENCY = 10;

/**
 * Runs an operation for every input item, a few at a time. Items that wait for something do not
 * count: they take a place again only for their next step, so as many may wait as there are.
 *
 * @returns the output in the order of the input, each item paired to the one it came from; under
 * "continue on fail" an item that failed gives its error instead
 * @throws the error of the first item that failed, unless "continue on fail" is set; no further
 * item is begun then, requests under way are finished, waiting ends
 */
export async function runItems(
	context: IExecuteFunctions,
	operation: Operation,
): Promise<INodeExecutionData[]> {
	const count = context.getInputData().length;
	const results = new Array<IDataObject[]>(count);
	const failures = new Map<number, Error>();
	const carriesOn = context.continueOnFail();
	const places = new Semaphore(MAX_CONCURRENCY);
	const waiting: Array<Promise<void>> = [];
	const isOver = () => isCancelled(context) || (failures.size > 0 && !carriesOn);

	const fail = (index: number, error: unknown) => {
		failures.set(index, asNodeError(context, error, index));
		results[index] = [{ error: (error as Error).message }];
	};
	const take = async (index: number, step: () => Promise<OperationResult>) => {
		try {
			// It may have waited, or stood in line for its place, when another item failed.
			const progress = await places.use(async () => (isOver() ? [] : await step()));
			if (Array.isArray(progress)) results[index] = progress;
			else return progress;
		} catch (error) {
			fail(index, error);
		}
		return undefined;
	};
	const goOn = async (index: number, first: Deferred) => {
		for (let later: Deferred | undefined = first; later !== undefined; ) {
			await cancellableSleep(context, later.afterMs, isOver);
			later = await take(index, later.step);
		}
	};

	let next = 0;
	const begin = async () => {
		while (next < count && !isOver()) {
			const index = next++;
			const later = await take(index, async () => await operation.execute(context, index));
			if (later) waiting.push(goOn(index, later));
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, MAX_CONCURRENCY) }, begin));
	await Promise.all(waiting);

	if (failures.size > 0 && !carriesOn) throw failures.get(Math.min(...failures.keys()))!;
	return results.flatMap((jsons, item) => jsons.map((json) => ({ json, pairedItem: { item } })));
}

function asNodeError(context: IExecuteFunctions, error: unknown, itemIndex: number): Error {
	return error instanceof NodeApiError || error instanceof NodeOperationError
		? error
		: new NodeOperationError(context.getNode(), error as Error, { itemIndex });
}
