import { ensureN8n, N8N_VERSIONS } from './n8n';
import { providePackedProject } from './packedProject';

declare global {
	/** What `globalTeardown` calls; jest runs both in one process. */
	var removePackedProject: () => Promise<void>;
}

/** Gets every n8n that the tests run on, and the packed project. */
export default async function globalSetup(): Promise<void> {
	const report = (line: string) => process.stderr.write(`${line}\n`);
	for (const version of N8N_VERSIONS) await ensureN8n(version, report);
	globalThis.removePackedProject = await providePackedProject();
}
