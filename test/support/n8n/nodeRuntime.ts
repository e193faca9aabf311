import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { cacheFolder, isComplete, markComplete, markUnfinished } from './cache';
import { npmEnvironment } from './environment';
import type { HeldLock } from './lock';
import { runNpm } from './npm';
import { NODE_FOR_N8N } from './versions';

/** The npm packages that hold Node's own binary and headers. */
const PACKAGED_PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win-x64'];

export interface NodeRuntime {
	version: string;
	executable: string;
	/** The folder of the executable, to go first on the PATH. */
	binFolder: string;
	/** The folder with `include/node`, for building native add-ons; undefined where it has none. */
	headersFolder: string | undefined;
}

/** "24.21.0" → 24 */
export const majorOf = (version: string) => Number(version.split('.')[0]);

/** The running Node, if it is of the major version n8n runs on. */
export function runningNodeIfFit(): NodeRuntime | undefined {
	const { node: version } = process.versions;
	if (majorOf(version) !== majorOf(NODE_FOR_N8N)) return undefined;
	return runtimeAt(version, process.execPath, dirname(dirname(process.execPath)));
}

const folderOfCachedNode = () => join(cacheFolder(), `node-${NODE_FOR_N8N}`);

const platformName = () =>
	`${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

const marker = () => ({ node: NODE_FOR_N8N, platform: platformName() });

/** The Node in the cache, if it is there. */
export async function cachedNode(): Promise<NodeRuntime | undefined> {
	if (!(await isComplete(folderOfCachedNode(), marker()))) return undefined;
	const home = join(folderOfCachedNode(), 'node_modules', `node-${platformName()}`);
	const executable = process.platform === 'win32' ? 'node.exe' : 'node';
	return runtimeAt(NODE_FOR_N8N, join(home, 'bin', executable), home);
}

/**
 * Gets Node 24 from the npm registry into the cache. To be called under the cache's lock.
 *
 * @throws Error with a plain message where the registry has no Node for this machine, or npm fails
 */
export async function installNode(lock: HeldLock, report: (line: string) => void): Promise<void> {
	const platform = platformName();
	if (!PACKAGED_PLATFORMS.includes(platform)) {
		const major = majorOf(NODE_FOR_N8N);
		throw new Error(
			`n8n needs Node ${major}, this is ${process.version}, and the npm registry has no Node for ${platform}: install Node ${major} and run this again with it.`,
		);
	}
	const folder = folderOfCachedNode();
	report(`Getting Node ${NODE_FOR_N8N}, which n8n needs (this is ${process.version})`);
	await mkdir(folder, { recursive: true });
	await markUnfinished(folder);
	const dependencies = { [`node-${platform}`]: NODE_FOR_N8N };
	const manifest = { private: true, dependencies };
	await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
	await runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
		folder,
		env: npmEnvironment(undefined),
		logFile: `${folder}.log`,
		purpose: `getting Node ${NODE_FOR_N8N}`,
		report,
		onStart: lock.alsoHeldBy,
	});
	await markComplete(folder, marker());
}

function runtimeAt(version: string, executable: string, home: string): NodeRuntime {
	const hasHeaders = existsSync(join(home, 'include', 'node', 'node.h'));
	return {
		version,
		executable,
		binFolder: dirname(executable),
		headersFolder: hasHeaders ? home : undefined,
	};
}
