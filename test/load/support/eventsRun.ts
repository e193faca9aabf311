import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ensureN8n, type RunningN8n } from '../../support/n8n';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs in n8n's Node, since the tests' own may be too old to read SQLite. */
const SCRIPT = `
	const [path, workflowId] = process.argv.slice(1);
	const { DatabaseSync } = require('node:sqlite');
	const rows = new DatabaseSync(path, { readOnly: true })
		.prepare('select d.data from execution_data d join execution_entity e on e.id = d.executionId where e.workflowId = ?')
		.all(workflowId);
	console.log(JSON.stringify(rows.map(({ data }) => /"(evt_[^"]+)"/.exec(data)?.[1] ?? 'none')));
`;

/**
 * The ids of the events that a workflow's executions hold, one for each execution, from n8n's
 * database: through its API it takes minutes to ask for thousands. Ids must look like `evt_…`.
 */
export async function eventsRun(n8n: RunningN8n, workflowId: string): Promise<string[]> {
	const { node } = await ensureN8n(n8n.version, () => {});
	const database = join(n8n.userFolder, '.n8n', 'database.sqlite');
	const { stdout } = await promisify(execFile)(
		node.executable,
		['--no-warnings', '-e', SCRIPT, database, workflowId],
		{ maxBuffer: MAX_OUTPUT_BYTES },
	);
	return JSON.parse(stdout) as string[];
}
