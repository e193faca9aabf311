import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npmEnvironment } from './environment';
import type { NodeRuntime } from './nodeRuntime';
import { runNpm } from './npm';

/**
 * Installs a packed community package where n8n keeps them, in the way n8n does it. The peer
 * n8n-workflow is n8n's own and is not installed; a package without other dependencies needs no
 * network.
 *
 * @throws Error with the end of npm's output
 */
export async function installPackage(
	tarball: string,
	userFolder: string,
	node: NodeRuntime,
): Promise<void> {
	const folder = join(userFolder, '.n8n', 'nodes');
	await mkdir(folder, { recursive: true });
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
			logFile: join(userFolder, 'npm.log'),
			purpose: `installing ${tarball} into n8n`,
		},
	);
}
