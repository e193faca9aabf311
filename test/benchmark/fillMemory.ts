import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { INode } from 'n8n-workflow';

import { ensureN8n, NEWEST_N8N } from '../support/n8n';
import type { TestBed } from '../support/testBed';

const run = promisify(execFile);

/** Run with n8n's own Node and SQLite add-on: file, workflow, node, number of records. */
const SCRIPT = `
	const { createHash } = require('node:crypto');
	const { Database } = require('sqlite3');
	const [file, workflowId, nodeId, count] = process.argv.slice(1);
	const data = Array.from({ length: Number(count) }, (_, index) =>
		createHash('md5').update('record ' + index).digest('base64'));
	const database = new Database(file);
	database.configure('busyTimeout', 10000);
	database.run(
		'INSERT INTO processed_data (workflowId, context, value) VALUES (?, ?, ?)',
		[workflowId, 'n:' + nodeId, JSON.stringify({ mode: 'entries', data })],
		(error) => { if (error) throw error; },
	);
`;

/**
 * Has n8n remember records of a node, in the row of its DeduplicationHelper: 10,000 events would take a
 * quarter of an hour to send.
 */
export async function fillMemory(
	{ n8n }: TestBed,
	workflowId: string,
	{ id: nodeId }: INode,
	records: number,
): Promise<void> {
	const { folder, node } = await ensureN8n(NEWEST_N8N, () => {});
	const file = join(n8n.userFolder, '.n8n', 'database.sqlite');
	const args = ['-e', SCRIPT, file, workflowId, nodeId, String(records)];
	await run(node.executable, args, { cwd: folder });
}
