import { rm } from 'node:fs/promises';

import { ensureN8n, NEWEST_N8N } from '../support/n8n';
import { providePackedProject } from '../support/packedProject';
import { LAZY_EXPRESSIONS, TestBed } from '../support/testBed';
import { writeBaselinePackage } from './baselinePackage';
import type { Sizes } from './sizes';

/** What the scenarios are measured on. */
export interface BenchmarkEnvironment {
	sizes: Sizes;
	/** n8n as people run it, with its own simulated KLIQ. */
	testBed: TestBed;
	/** The same with lazy expression isolates. */
	lazyTestBed: TestBed;
	/** Stops everything and removes what it made. */
	close(): Promise<void>;
}

/**
 * Builds and packs the project and starts both n8n with it and the baseline package in them.
 *
 * @param say told in plain lines what is going on
 * @throws Error with the reason if any of it fails; nothing is left running then
 */
export async function openEnvironment(
	sizes: Sizes,
	say: (line: string) => void,
): Promise<BenchmarkEnvironment> {
	const undo: Array<() => Promise<unknown>> = [];
	const close = async () => {
		for (let step = undo.pop(); step; step = undo.pop()) await step();
	};
	const open = async (env: Record<string, string>) => {
		const testBed = await TestBed.open(NEWEST_N8N, { env, hasEditor: true });
		undo.push(() => testBed.close());
		return testBed;
	};
	try {
		await ensureN8n(NEWEST_N8N, say);
		say('Building and packing n8n-nodes-kliq');
		undo.push(await providePackedProject());
		const baseline = await writeBaselinePackage();
		undo.push(() => rm(baseline, { recursive: true, force: true }));

		say(`Starting n8n ${NEWEST_N8N}, on its defaults and with lazy expression isolates`);
		// n8n as people run it: they start it without a warm cache.
		const env = { N8N_CUSTOM_EXTENSIONS: baseline, NODE_DISABLE_COMPILE_CACHE: '1' };
		const testBed = await open(env);
		const lazyTestBed = await open({ ...env, ...LAZY_EXPRESSIONS });
		return { sizes, testBed, lazyTestBed, close };
	} catch (error) {
		await close();
		throw error;
	}
}
