import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheFolder, isComplete, markComplete, markUnfinished } from './cache';
import { elapsed } from './command';
import { pnpmEnvironment } from './environment';
import { type HeldLock, withLock } from './lock';
import {
	cachedNode,
	installNode,
	majorOf,
	type NodeRuntime,
	runningNodeIfFit,
} from './nodeRuntime';
import { ensurePnpm, runPnpm, storeSettings } from './pnpm';
import { addSqliteAddOn, ensureSqliteAddOn } from './sqliteAddOn';
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
 * Gets n8n (and a Node for it) into the per-user cache, or finds it there. The first time takes about
 * two minutes and 2.6 GB, a second version 20 s and 0.5 GB more. Several processes may call this at
 * once: one works, the others wait.
 *
 * @param report told in plain lines what is going on, at least every 15 s while it is at work
 * @throws Error that says why in plain words, with the path of the log; the next call starts over
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
	report(`Installing n8n ${version} into ${folder} (first time only: about two minutes, 2.6 GB)`);
	// Each to its end, so that nothing is left at work when the lock is released.
	const results = await Promise.allSettled([
		download(version, node, lock, report),
		ensureSqliteAddOn(node, lock, report),
	]);
	for (const result of results) if (result.status === 'rejected') throw result.reason;
	await addSqliteAddOn(folder);
	await markComplete(folder, markerOf(version, node));
	report(`n8n ${version} is installed (${elapsed(Date.now() - started)})`);
}

async function download(
	version: N8nVersion,
	node: NodeRuntime,
	lock: HeldLock,
	report: (line: string) => void,
): Promise<void> {
	await ensurePnpm(lock, report);
	const folder = folderOf(version);
	await markUnfinished(folder);
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	const manifest = { private: true, dependencies: { n8n: version } };
	const settings = {
		// Lays packages out as npm does.
		nodeLinker: 'hoisted',
		overrides: DEPENDENCY_OVERRIDES[version],
		...storeSettings(),
	};
	await writeJson(join(folder, 'package.json'), manifest);
	// YAML takes JSON.
	await writeJson(join(folder, 'pnpm-workspace.yaml'), settings);
	// Scripts stay off: several of n8n's native add-ons would download binaries from other hosts and
	// fail without them, and n8n runs without those add-ons.
	await runPnpm(['install', '--ignore-scripts', '--reporter=append-only'], {
		folder,
		env: pnpmEnvironment(node.binFolder),
		logFile: `${folder}.log`,
		purpose: `downloading n8n ${version}`,
		report,
		onStart: lock.alsoHeldBy,
	});
}

const writeJson = async (path: string, content: object) =>
	await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
