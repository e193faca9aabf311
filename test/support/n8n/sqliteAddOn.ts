import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder, isComplete, markComplete, markUnfinished } from './cache';
import { npmEnvironment } from './environment';
import type { HeldLock } from './lock';
import { majorOf, type NodeRuntime } from './nodeRuntime';
import { runNpm } from './npm';
import { SQLITE3_VERSION } from './versions';

const folderOfBuild = () => join(cacheFolder(), `sqlite3-${SQLITE3_VERSION}`);

const packageIn = (folder: string) => join(folder, 'node_modules', 'sqlite3');

/** What the package's install script leaves, wherever it has it from. */
const BUILT = join('build', 'Release', 'node_sqlite3.node');

/**
 * Gets SQLite's add-on into the cache, unless it is there: its install script downloads a prebuilt
 * one, or compiles it where it cannot. A project of its own, so that this can go on while n8n is
 * downloaded, and once for all versions of n8n. To be called under the cache's lock.
 *
 * @throws Error that says in plain words what failed, with the path of npm's log
 */
export async function ensureSqliteAddOn(
	node: NodeRuntime,
	lock: HeldLock,
	report: (line: string) => void,
): Promise<void> {
	const folder = folderOfBuild();
	// The add-on goes by Node's major version.
	const marker = { sqlite3: SQLITE3_VERSION, node: String(majorOf(node.version)) };
	if (await isComplete(folder, marker)) return;
	await markUnfinished(folder);
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	const manifest = { private: true, dependencies: { sqlite3: SQLITE3_VERSION } };
	await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
	const env = {
		...npmEnvironment(node.binFolder),
		npm_config_nodedir: node.headersFolder,
		// As many files at a time as there are processors, and with fewer optimizations than the -O3 that
		// node-gyp begins with, which takes 40 s longer.
		JOBS: 'max',
		CFLAGS: '-O1',
		CXXFLAGS: '-O1',
	};
	await runNpm(['install', '--ignore-scripts=false', '--no-audit', '--no-fund'], {
		folder,
		env,
		logFile: `${folder}.log`,
		purpose: 'building the SQLite add-on',
		report,
		onStart: lock.alsoHeldBy,
	});
	await markComplete(folder, marker);
}

/**
 * Puts the add-on into an installation of n8n.
 *
 * @throws Error if that n8n has another version of the package
 */
export async function addSqliteAddOn(n8nFolder: string): Promise<void> {
	const target = packageIn(n8nFolder);
	const manifest = await readFile(join(target, 'package.json'), 'utf8');
	const { version } = JSON.parse(manifest) as { version: string };
	if (version !== SQLITE3_VERSION) {
		throw new Error(
			`n8n has sqlite3 ${version}, and the add-on was built for ${SQLITE3_VERSION}: set SQLITE3_VERSION in test/support/n8n/versions.ts to ${version}.`,
		);
	}
	await cp(join(packageIn(folderOfBuild()), BUILT), join(target, BUILT));
}
