import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Node type of the do-nothing trigger: n8n gives what it loads from a folder the prefix CUSTOM. */
export const FLOOR = 'CUSTOM.benchFloor';

const SOURCE = `
exports.BenchFloor = class {
	description = {
		displayName: 'Floor',
		name: 'benchFloor',
		group: ['trigger'],
		version: 1,
		description: 'Hands on what it receives',
		defaults: { name: 'Floor' },
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
 * Writes the least that a trigger with a webhook can be: what it costs is n8n's own.
 *
 * @returns a temporary folder to name in N8N_CUSTOM_EXTENSIONS, the caller's to remove
 */
export async function writeFloorPackage(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-floor-'));
	await writeFile(join(folder, 'BenchFloor.node.js'), SOURCE);
	return folder;
}
