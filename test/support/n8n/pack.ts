import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { npmEnvironment } from './environment';
import { runNpm } from './npm';

/**
 * Builds a package and packs it as it would be published.
 *
 * @returns the path of the tarball, alone in a temporary folder that is the caller's to remove
 * @throws Error with the end of npm's output if the build or the packing fails
 */
export async function packProject(projectFolder: string): Promise<string> {
	const target = await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-pack-'));
	const run = {
		folder: projectFolder,
		env: npmEnvironment(undefined),
		logFile: join(target, 'pack.log'),
	};
	await runNpm(['run', 'build'], { ...run, purpose: `building ${projectFolder}` });
	await runNpm(['pack', '--pack-destination', target], {
		...run,
		purpose: `packing ${projectFolder}`,
	});
	const tarball = (await readdir(target)).find((name) => name.endsWith('.tgz'));
	if (tarball === undefined) throw new Error(`npm pack left no tarball in ${target}`);
	return join(target, tarball);
}
