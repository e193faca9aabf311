import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What is scanned: the source in `nodes/` and `credentials/`, or a tarball's compiled files. */
export type Scanned = 'source' | 'tarball';

const SCRIPT = join(__dirname, 'runScanner.mjs');

/**
 * Runs the analysis of `@n8n/scan-community-package`, by which n8n verifies packages. It heeds no
 * ESLint comments and sends no requests.
 *
 * @param folder of the checkout or of the unpacked tarball
 * @returns the findings as ESLint prints them; empty if there are none
 */
export async function scan(folder: string, scanned: Scanned): Promise<string> {
	// The scanner leaves an empty temporary folder behind.
	const temporary = await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-scan-'));
	// Under jest's NODE_ENV=test, eslint-plugin-n8n-nodes-base takes every file for its own fixture.
	const env = { ...process.env, NODE_ENV: undefined, TMPDIR: temporary };
	try {
		const command = [SCRIPT, folder, scanned];
		return (await promisify(execFile)(process.execPath, command, { env })).stdout;
	} finally {
		await rm(temporary, { recursive: true, force: true });
	}
}
