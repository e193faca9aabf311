import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Node type of the do-nothing trigger; CUSTOM is n8n's prefix for what it loads from a folder. */
export const BASELINE = 'CUSTOM.benchBaseline';

const SOURCE = `
exports.BenchBaseline = class {
	description = {
		displayName: 'Baseline',
		name: 'benchBaseline',
		group: ['trigger'],
		version: 1,
		description: 'Hands on what it receives',
		defaults: { name: 'Baseline' },
		inputs: [],
		outputs: ['main'],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'lastNode',
				responseData: 'noData',
				path: 'webhook',
			},
		],
		properties: [],
	};

	async webhook() {
		return { workflowData: [[{ json: this.getBodyData() }]] };
	}
};
`;

/**
 * Writes a package with the smallest possible webhook trigger: its cost is n8n's own.
 *
 * @returns a temporary folder to name in N8N_CUSTOM_EXTENSIONS, the caller's to remove
 */
export async function writeBaselinePackage(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-baseline-'));
	await writeFile(join(folder, 'BenchBaseline.node.js'), SOURCE);
	return folder;
}
