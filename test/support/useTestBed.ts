import { afterAll, afterEach, beforeAll } from '@jest/globals';

import type { TestBed } from './testBed';

/**
 * Opens a test bed before the tests of a suite, resets it after each and closes it in the end.
 *
 * @param onOpen receives it
 */
export function useTestBed(open: () => Promise<TestBed>, onOpen: (testBed: TestBed) => void): void {
	let testBed: TestBed | undefined;

	beforeAll(async () => {
		testBed = await open();
		onOpen(testBed);
	});

	afterEach(async () => {
		await testBed?.reset();
	});

	afterAll(async () => {
		await testBed?.close();
	});
}
