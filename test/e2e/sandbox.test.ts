import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { listenOnFreePort } from '../support/listen';
import {
	buildNode,
	buildWebhookNode,
	chain,
	ensureN8n,
	isN8nV1,
	N8nClient,
	outputOf,
	type RunningN8n,
	startN8n,
} from '../support/n8n';
import { N8N_VERSION } from '../support/versionUnderTest';

const PROJECT = join(__dirname, '..', '..');
const report = (line: string) => process.stderr.write(`${line}\n`);

const tarball = process.env.KLIQ_TARBALL!;

describe(`n8n ${N8N_VERSION} in the sandbox`, () => {
	let n8n: RunningN8n;
	let client: N8nClient;

	beforeAll(async () => {
		const installation = await ensureN8n(N8N_VERSION, report);
		n8n = await startN8n({ installation, tarball, hasEditor: false });
		client = new N8nClient(n8n);
		await client.setUpOwner();
	});

	afterAll(async () => {
		await n8n.stop();
	});

	it('runs a workflow, and keeps it and its executions over a restart and a crash', async () => {
		const trigger = buildWebhookNode({
			type: 'n8n-nodes-base.webhook',
			name: 'Start',
			typeVersion: 2,
			parameters: { httpMethod: 'POST', path: 'sandbox' },
		});
		const end = buildNode({ type: 'n8n-nodes-base.noOp', name: 'End' });
		const workflow = await client.createWorkflow({ name: 'Sandbox', ...chain([trigger, end]) });
		// The Webhook node's path is whole, without its webhookId before it.
		const call = async (mode: 'webhook' | 'webhook-test', body: string) =>
			await fetch(`${n8n.url}/${mode}/sandbox`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body,
			}).then(({ status }) => status);

		await client.publish(workflow.id);
		await client.waitUntilPublished(workflow.id);
		expect(await call('webhook', '{"n":1}')).toBe(200);
		await client.waitForExecutions(workflow.id, 1);
		await n8n.restart();
		expect(n8n.endedOn).toBe('SIGTERM');
		expect(await call('webhook', '{"n":2}')).toBe(200);
		await client.waitForExecutions(workflow.id, 2);
		await n8n.kill();
		await n8n.restart();
		expect(await call('webhook', '{"n":3}')).toBe(200);

		const executions = await client.waitForExecutions(workflow.id, 3);
		expect(executions.map(({ status }) => status)).toEqual(['success', 'success', 'success']);
		const newest = await client.execution(executions[0].id);
		expect(outputOf(newest, 'End')).toMatchObject([{ body: { n: 3 } }]);

		await client.unpublish(workflow.id);
		await client.waitUntilUnpublished(workflow.id);
		expect(await call('webhook', '{}')).toBe(404);

		expect(await client.runManually(workflow.id, 'Start')).toEqual({ waitingForWebhook: true });
		expect(await call('webhook-test', '{}')).toBe(200);
		await client.waitForExecutions(workflow.id, 4);
		await client.deleteWorkflow(workflow.id);
	});

	it('measures memory and processor time', async () => {
		expect(await n8n.memoryBytes()).toBeGreaterThan(50_000_000);
		const before = await n8n.cpuSeconds();
		await client.publishedWorkflows();
		expect(await n8n.cpuSeconds()).toBeGreaterThanOrEqual(before);
		expect(before).toBeGreaterThan(0.5);
	});
});

// Nothing in it depends on n8n's version, and 1.x starts with half of the processor time.
if (isN8nV1(N8N_VERSION)) {
	describe('the sandbox', () => {
		it('reports why n8n does not start', async () => {
			const installation = await ensureN8n(N8N_VERSION, report);
			const occupier = createServer();
			const port = await listenOnFreePort(occupier);
			await expect(startN8n({ installation, tarball, port, hasEditor: false })).rejects.toThrow(
				/exited instead of starting[^]*already in use/,
			);
			occupier.close();
		});

		it('leaves no process and no data behind', async () => {
			const installation = await ensureN8n(N8N_VERSION, report);
			const n8n = await startN8n({ installation, tarball, hasEditor: false });
			const { pid, userFolder } = n8n;
			await n8n.stop();
			expect(isRunning(pid)).toBe(false);
			expect(existsSync(userFolder)).toBe(false);
		});

		it('takes n8n down with a test run that is killed', async () => {
			const starter = spawn(
				process.execPath,
				['--require', 'tsx/cjs', '--eval', STARTER, tarball, N8N_VERSION],
				{ cwd: PROJECT, stdio: ['ignore', 'pipe', 'inherit'] },
			);
			const [line] = (await once(starter.stdout, 'data')) as [Buffer];
			const { pid, userFolder } = JSON.parse(line.toString()) as {
				pid: number;
				userFolder: string;
			};
			expect(isRunning(pid)).toBe(true);

			starter.kill('SIGKILL');
			for (let waited = 0; isRunning(pid) && waited < 30_000; waited += 100) await sleep(100);
			const survived = isRunning(pid);
			if (survived) process.kill(-pid, 'SIGKILL');
			await rm(userFolder, { recursive: true, force: true });
			expect(survived).toBe(false);
		});
	});
}

const STARTER = `
	const { ensureN8n, startN8n } = require('./test/support/n8n');
	const [tarball, version] = process.argv.slice(1);
	ensureN8n(version, () => {})
		.then((installation) => startN8n({ installation, tarball, hasEditor: false }))
		.then(({ pid, userFolder }) => console.log(JSON.stringify({ pid, userFolder })));
`;

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
