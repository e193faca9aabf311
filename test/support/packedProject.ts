import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { packProject } from './n8n';

const PROJECT = resolve(__dirname, '../..');

/**
 * The packed project: the tarball that KLIQ_TARBALL names, as in `.ci/run`, or one packed now.
 * From then on KLIQ_TARBALL names it, for `TestBed` and for the processes of jest.
 *
 * @returns what removes the tarball if it was packed now
 * @throws Error with the end of npm's output if the build or the packing fails
 */
export async function providePackedProject(): Promise<() => Promise<void>> {
	if (process.env.KLIQ_TARBALL) return async () => {};
	const tarball = await packProject(PROJECT);
	process.env.KLIQ_TARBALL = tarball;
	return async () => await rm(dirname(tarball), { recursive: true, force: true });
}
