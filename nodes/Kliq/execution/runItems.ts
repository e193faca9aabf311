import {
	NodeApiError,
	NodeOperationError,
	type IBinaryKeyData,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { ItemParameters } from '../parameters/itemParameters';
import { kliqClient } from '../transport/client';
import { cancellableSleep } from '../transport/retry/cancellableSleep';
import type { Deferred, Operation, OperationResult, Output } from './operation';
import { Semaphore } from './semaphore';

/** Items whose requests are in flight at the same time. */
export const MAX_CONCURRENCY = 10;

/**
 * Runs an operation for every input item, MAX_CONCURRENCY at a time. Each item gets a client with its
 * own credential, because n8n evaluates a credential's expressions per item.
 *
 * Ten workers start items and a semaphore of ten guards every step. One of the two alone would not
 * do: without workers all items would queue for the semaphore at once, and the deferred steps of the
 * first items would queue behind every item instead of behind ten.
 *
 * The first item with a hint has it shown in n8n's output panel.
 *
 * @param getOperation called for each item: where it throws, the item fails
 * @returns the output in input order, each item paired to its input; under "continue on fail" a failed
 * item's error instead
 * @throws the error of the first failed item, unless "continue on fail" is set. No further item starts
 * then, requests in flight are finished, and deferred steps end.
 */
export async function runItems(
	context: IExecuteFunctions,
	getOperation: () => Operation,
): Promise<INodeExecutionData[]> {
	const count = context.getInputData().length;
	const results = new Array<INodeExecutionData[]>(count);
	const hints = new Map<number, string>();
	const failures = new Map<number, Error>();
	const continueOnFail = context.continueOnFail();
	const semaphore = new Semaphore(MAX_CONCURRENCY);
	const deferredItems: Array<Promise<void>> = [];
	const shouldStop = () =>
		!!context.getExecutionCancelSignal()?.aborted || (failures.size > 0 && !continueOnFail);

	const fail = (index: number, error: unknown) => {
		failures.set(index, toNodeError(context, error, index));
		results[index] = [{ json: { error: (error as Error).message } }];
	};
	const runStep = async (
		index: number,
		step: () => Promise<OperationResult>,
	): Promise<Deferred | undefined> => {
		try {
			return await semaphore.use(async () => {
				// Another item may have failed while this one was deferred or queued.
				const result = shouldStop() ? [] : await step();
				if ('resume' in result) return result;
				const output = Array.isArray(result) ? { jsons: result } : result;
				results[index] = await toItems(context, output);
				if (output.hint !== undefined) hints.set(index, output.hint);
				return undefined;
			});
		} catch (error) {
			fail(index, error);
		}
		return undefined;
	};
	const runDeferred = async (index: number, first: Deferred) => {
		for (let deferred: Deferred | undefined = first; deferred !== undefined; ) {
			await cancellableSleep(deferred.delayMs, shouldStop);
			deferred = await runStep(index, deferred.resume);
		}
	};

	let next = 0;
	const worker = async () => {
		while (next < count && !shouldStop()) {
			const itemIndex = next++;
			const deferred = await runStep(itemIndex, async () => {
				const kliq = await kliqClient(context, { itemIndex });
				return await getOperation().execute(kliq, new ItemParameters(context, itemIndex));
			});
			if (deferred) deferredItems.push(runDeferred(itemIndex, deferred));
		}
	};
	await Promise.all(Array.from({ length: Math.min(count, MAX_CONCURRENCY) }, worker));
	await Promise.all(deferredItems);

	if (failures.size > 0 && !continueOnFail) throw failures.get(Math.min(...failures.keys()))!;
	showHint(context, hints, count);
	return results.flatMap((outputItems, item) =>
		outputItems.map((outputItem) => ({ ...outputItem, pairedItem: { item } })),
	);
}

/** Output items without their pairing. Hands files to n8n, which stores them as it is set up to. */
async function toItems(
	{ helpers }: IExecuteFunctions,
	{ jsons, files = {} }: Output,
): Promise<INodeExecutionData[]> {
	const items: INodeExecutionData[] = jsons.map((json) => ({ json }));
	const binary: IBinaryKeyData = {};
	for (const [name, { data, fileName, mimeType }] of Object.entries(files)) {
		binary[name] = await helpers.prepareBinaryData(data, fileName, mimeType);
		items[0].binary = binary;
	}
	return items;
}

/** Shows the hint of the first item that has one; it names the item where there are several. */
function showHint(context: IExecuteFunctions, hints: Map<number, string>, items: number): void {
	if (hints.size === 0) return;
	const item = Math.min(...hints.keys());
	const message = items > 1 ? `${hints.get(item)} [item ${item}]` : hints.get(item)!;
	context.addExecutionHints({ message, location: 'outputPane' });
}

function toNodeError(context: IExecuteFunctions, error: unknown, itemIndex: number): Error {
	return error instanceof NodeApiError || error instanceof NodeOperationError
		? error
		: new NodeOperationError(context.getNode(), error as Error, { itemIndex });
}
