import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder, isComplete, markComplete, markUnfinished } from './cache';
import { npmEnvironment } from './environment';
import { type HeldLock, withLock } from './lock';
import {
	cachedNode,
	installNode,
	majorOf,
	type NodeRuntime,
	runningNodeIfFit,
} from './nodeRuntime';
import { elapsed, runNpm } from './npm';
import { DEPENDENCY_OVERRIDES, NODE_FOR_N8N, type N8nVersion } from './versions';

export interface N8nInstallation {
	version: N8nVersion;
	/** The npm folder n8n is installed in. */
	folder: string;
	/** n8n's start script, to be run with `node`. */
	entryPoint: string;
	node: NodeRuntime;
}

/**
 * Gets n8n (and a Node for it) into the per-user cache, or finds it there. The first time takes
 * minutes and about 3 GB. Several processes may call this at once: one works, the others wait.
 *
 * @param report told in plain lines what is going on, at least every 15 s while npm works
 * @throws Error that says why in plain words, with the path of npm's log; the next call starts over
 */
export async function ensureN8n(
	version: N8nVersion,
	report: (line: string) => void,
): Promise<N8nInstallation> {
	const present = await findInstallation(version);
	if (present !== undefined) return present;

	const cache = cacheFolder();
	await mkdir(cache, { recursive: true });
	const onWait = (waitedMs: number) =>
		report(
			`Waiting for another process, which is installing into ${cache} (${elapsed(waitedMs)} so far)`,
		);
	return await withLock(join(cache, 'install.lock'), onWait, async (lock) => {
		if ((await findNode()) === undefined) await installNode(lock, report);
		const node = await findNode();
		if (node === undefined) throw new Error(`Node ${NODE_FOR_N8N} vanished from ${cache}`);
		const madeMeanwhile = await findInstallation(version);
		if (madeMeanwhile !== undefined) return madeMeanwhile;
		await install(version, node, lock, report);
		return installationOf(version, node);
	});
}

const findNode = async () => runningNodeIfFit() ?? (await cachedNode());

const folderOf = (version: N8nVersion) => join(cacheFolder(), `n8n-${version}`);

// The add-ons go by Node's major version, so its patch releases may change under an installation.
const markerOf = (version: N8nVersion, node: NodeRuntime) => ({
	n8n: version,
	node: String(majorOf(node.version)),
});

function installationOf(version: N8nVersion, node: NodeRuntime): N8nInstallation {
	const folder = folderOf(version);
	return { version, folder, entryPoint: join(folder, 'node_modules', 'n8n', 'bin', 'n8n'), node };
}

async function findInstallation(version: N8nVersion): Promise<N8nInstallation | undefined> {
	const node = await findNode();
	if (node === undefined) return undefined;
	const complete = await isComplete(folderOf(version), markerOf(version, node));
	return complete ? installationOf(version, node) : undefined;
}

async function install(
	version: N8nVersion,
	node: NodeRuntime,
	lock: HeldLock,
	report: (line: string) => void,
): Promise<void> {
	const started = Date.now();
	const folder = folderOf(version);
	const logFile = `${folder}.log`;
	report(`Installing n8n ${version} into ${folder} (first time only: some minutes, about 3 GB)`);
	await mkdir(folder, { recursive: true });
	await markUnfinished(folder);
	const overrides = DEPENDENCY_OVERRIDES[version];
	const manifest = { private: true, dependencies: { n8n: version }, overrides };
	await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

	const shared = { folder, logFile, report, onStart: lock.alsoHeldBy };
	const env = npmEnvironment(node.binFolder);
	report('  downloading packages');
	// Scripts stay off: several of n8n's native add-ons would download binaries from other hosts and
	// fail without them, and n8n runs without those add-ons.
	await runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
		...shared,
		env,
		purpose: `downloading n8n ${version}`,
	});
	report('  building the SQLite add-on');
	await runNpm(['rebuild', 'sqlite3', '--ignore-scripts=false'], {
		...shared,
		env: { ...env, npm_config_nodedir: node.headersFolder },
		purpose: `building SQLite for n8n ${version}`,
	});
	await markComplete(folder, markerOf(version, node));
	report(`n8n ${version} is installed (${elapsed(Date.now() - started)})`);
}
