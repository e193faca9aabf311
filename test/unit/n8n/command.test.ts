import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { elapsed, runCommand } from '../../support/n8n/command';

describe('a command of the installation', () => {
	let folder: string;
	let logFile: string;

	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-command-'));
		logFile = join(folder, 'command.log');
	});

	afterEach(async () => {
		await rm(folder, { recursive: true, force: true });
	});

	const runScript = async (script: string) =>
		await runCommand(
			{ name: 'pnpm', program: process.execPath, args: ['--eval', script] },
			{ folder, env: process.env, logFile, purpose: 'downloading n8n' },
		);

	it('appends its output to the log', async () => {
		await runScript('console.log("first")');
		await runScript('console.error("second")');
		expect(await readFile(logFile, 'utf8')).toBe('first\nsecond\n');
	});

	it('says in plain words why it failed, with the end of its own output', async () => {
		await runScript('console.log("of an earlier run: ERR_PNPM_FETCH_404")');
		const script = 'console.log("Error: ENOSPC"); process.exitCode = 1';
		await expect(runScript(script)).rejects.toThrow(
			`Could not finish: downloading n8n: the disk is full.\nThe whole output is in ${logFile}; it ends:\nError: ENOSPC`,
		);
	});

	it('says how it ended where its output tells nothing', async () => {
		await runScript('console.log("of an earlier run: ERR_PNPM_FETCH_404")');
		await expect(runScript('process.exitCode = 3')).rejects.toThrow('pnpm ended with 3.');
	});

	it('says that the program is missing', async () => {
		const missing = { name: 'npm', program: join(folder, 'npm'), args: [] };
		const run = { folder, env: {}, logFile, purpose: 'getting pnpm' };
		await expect(runCommand(missing, run)).rejects.toThrow(
			'Could not finish: getting pnpm: npm was not found on the PATH',
		);
	});

	it.each([
		[59_400, '59 s'],
		[75_000, '1 min 15 s'],
	])('has taken %i ms, in words', (milliseconds, text) => {
		expect(elapsed(milliseconds)).toBe(text);
	});
});
