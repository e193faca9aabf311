import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder, isComplete, markComplete, markUnfinished } from './cache';
import { type CommandRun, runCommand } from './command';
import { npmEnvironment } from './environment';
import type { HeldLock } from './lock';
import { runNpm } from './npm';
import { PNPM_VERSION } from './versions';

const marker = { pnpm: PNPM_VERSION };

const folderOfPnpm = () => join(cacheFolder(), `pnpm-${PNPM_VERSION}`);

/**
 * Where pnpm keeps what it has downloaded; what it installs are hard links to that. Beside the
 * installations, because links do not cross file systems.
 */
export const storeSettings = () => ({
	storeDir: join(cacheFolder(), 'pnpm-store'),
	cacheDir: join(cacheFolder(), 'pnpm-metadata'),
});

/**
 * Gets pnpm from the npm registry into the cache, unless it is there. To be called under the cache's
 * lock.
 *
 * @throws Error with a plain message where npm fails
 */
export async function ensurePnpm(lock: HeldLock, report: (line: string) => void): Promise<void> {
	const folder = folderOfPnpm();
	if (await isComplete(folder, marker)) return;
	report(`Getting pnpm ${PNPM_VERSION}, which installs n8n`);
	await mkdir(folder, { recursive: true });
	await markUnfinished(folder);
	const manifest = { private: true, dependencies: { pnpm: PNPM_VERSION } };
	await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
	await runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
		folder,
		env: npmEnvironment(undefined),
		logFile: `${folder}.log`,
		purpose: `getting pnpm ${PNPM_VERSION}`,
		report,
		onStart: lock.alsoHeldBy,
	});
	await markComplete(folder, marker);
}

/** Runs the pnpm that `ensurePnpm` has got, and waits for it: see `runCommand`. */
export async function runPnpm(args: string[], run: CommandRun): Promise<void> {
	const script = join(folderOfPnpm(), 'node_modules', 'pnpm', 'bin', 'pnpm.mjs');
	await runCommand({ name: 'pnpm', program: process.execPath, args: [script, ...args] }, run);
}
