import { cp, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { npmEnvironment } from './environment';
import type { NodeRuntime } from './nodeRuntime';
import { runNpm } from './npm';

/**
 * Installs a packed community package where n8n keeps them, in the way n8n does it. npm runs once
 * for a tarball and leaves its result beside it, by the tarball's time, since it may be packed again
 * under the same name; every n8n gets a copy of that.
 *
 * @throws Error with the end of npm's output
 */
export async function installPackage(
	tarball: string,
	userFolder: string,
	node: NodeRuntime,
): Promise<void> {
	const { mtimeMs } = await stat(tarball);
	const installed = `${tarball}.installed-${Math.floor(mtimeMs)}`;
	if (!(await exists(installed))) await installBeside(tarball, installed, node);
	await cp(installed, join(userFolder, '.n8n', 'nodes'), { recursive: true });
}

/** Where n8n keeps our package, once it is installed. */
export const packageFolder = ({ userFolder }: { userFolder: string }): string =>
	join(userFolder, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-kliq');

/** Several processes may do this at once: the first to finish wins. */
async function installBeside(tarball: string, target: string, node: NodeRuntime): Promise<void> {
	const folder = await mkdtemp(`${target}-`);
	await npmInstall(tarball, folder, node);
	try {
		await rename(folder, target);
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		if (!(await exists(target))) throw error;
	}
}

/**
 * The peer n8n-workflow is n8n's own and is not installed; a package without other dependencies
 * needs no network.
 */
async function npmInstall(tarball: string, folder: string, node: NodeRuntime): Promise<void> {
	await writeFile(join(folder, 'package.json'), '{"name":"installed-nodes","private":true}\n');
	await runNpm(
		[
			'install',
			tarball,
			'--ignore-scripts',
			'--legacy-peer-deps',
			'--prefer-offline',
			'--no-audit',
			'--no-fund',
		],
		{
			folder,
			env: npmEnvironment(node.binFolder),
			logFile: `${folder}.log`,
			purpose: `installing ${tarball} into n8n`,
		},
	);
}

const exists = async (path: string) =>
	await stat(path).then(
		() => true,
		() => false,
	);
