import { resolve } from 'node:path';

import { ensureN8n, N8N_VERSIONS, packProject } from './n8n';

/**
 * Gets every n8n that the tests run on, and packs the project once unless KLIQ_TARBALL names a
 * tarball, as `.ci/run` does.
 */
export default async function globalSetup(): Promise<void> {
	const report = (line: string) => process.stderr.write(`${line}\n`);
	for (const version of N8N_VERSIONS) await ensureN8n(version, report);
	if (process.env.KLIQ_TARBALL) return;
	process.env.KLIQ_TARBALL = process.env.KLIQ_OWN_TARBALL = await packProject(
		resolve(__dirname, '../..'),
	);
}
