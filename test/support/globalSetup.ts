import { resolve } from 'node:path';

import { ensureN8n, N8N_VERSIONS, packProject } from './n8n';

/** Packs the project once and gets every n8n that the tests run on. */
export default async function globalSetup(): Promise<void> {
	const report = (line: string) => process.stderr.write(`${line}\n`);
	for (const version of N8N_VERSIONS) await ensureN8n(version, report);
	process.env.KLIQ_TARBALL = await packProject(resolve(__dirname, '../..'));
}
