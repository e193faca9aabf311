import assert from 'node:assert/strict';

/**
 * Works through `items`, at most `limit` at a time, beginning them in order.
 *
 * @returns the results in the items' order; throws what the first failing work threw
 */
export async function inParallel<Item, Result>(
	items: readonly Item[],
	limit: number,
	work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
	const results = new Array<Result>(items.length);
	let next = 0;
	const lane = async () => {
		while (next < items.length) {
			const index = next++;
			results[index] = await work(items[index], index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
	return results;
}

/** Runs named cases at the same time. Fails with one error that names every case that failed. */
export async function runCases<Case extends { name: string }>(
	cases: readonly Case[],
	run: (each: Case) => Promise<void>,
): Promise<void> {
	const results = await Promise.allSettled(cases.map(async (each) => await run(each)));
	const failures = results.flatMap((result, index) =>
		result.status === 'rejected' ? [`${cases[index].name}: ${result.reason}`] : [],
	);
	assert.deepEqual(failures, []);
}
