import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The one number from which all times of the trigger's health check follow. */
const INTERVAL_FILE = 'package/dist/nodes/Kliq/KliqTrigger.node.js';
const INTERVAL = /CHECK_INTERVAL_MS = [\d_]+/;

/**
 * The packed project with another interval between health checks, and nothing else changed.
 *
 * @param milliseconds whole seconds, below a minute
 * @returns the path of the tarball, beside the one it was made from
 */
export async function packWithCheckInterval(
	tarball: string,
	milliseconds: number,
): Promise<string> {
	const target = tarball.replace(/\.tgz$/, `-check-every-${milliseconds}-ms.tgz`);
	if ((await modified(target)) >= (await modified(tarball))) return target;
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-short-interval-'));
	try {
		await run('tar', ['-xzf', tarball, '-C', folder]);
		const file = join(folder, INTERVAL_FILE);
		const code = await readFile(file, 'utf8');
		assert.match(code, INTERVAL);
		await writeFile(file, code.replace(INTERVAL, `CHECK_INTERVAL_MS = ${milliseconds}`));
		const packed = join(folder, 'packed.tgz');
		await run('tar', ['-czf', packed, '-C', folder, 'package']);
		// Several processes may do this at once; each makes the same.
		await rename(packed, target);
		return target;
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** When a file was written last, in milliseconds since 1970; 0 where there is none. */
const modified = async (path: string): Promise<number> =>
	await stat(path).then(
		({ mtimeMs }) => mtimeMs,
		() => 0,
	);
