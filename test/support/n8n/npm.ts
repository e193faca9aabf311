import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

const REPORT_INTERVAL_MS = 15_000;
const TAIL_LINES = 15;

/** What npm prints when it fails, and what that means for the user. */
const KNOWN_FAILURES: Array<[RegExp, string]> = [
	[/ENOSPC|no space left/i, 'the disk is full'],
	[
		/not found: (make|g\+\+|cc|c\+\+)|gyp ERR! find Python|gyp ERR! stack.*\bmake\b.*ENOENT/i,
		'a C++ toolchain is missing (python3, make, g++)',
	],
	[
		/npm (error|ERR!).*(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)/,
		'the npm registry cannot be reached',
	],
	[/npm (error|ERR!).*(ETARGET|E404)/, 'the npm registry does not have a package it needs'],
	[/npm (error|ERR!).*(EACCES|EPERM)/, 'a file or folder may not be written'],
];

export interface NpmRun {
	folder: string;
	env: NodeJS.ProcessEnv;
	/** npm's output is appended to this file. */
	logFile: string;
	/** What is being done, as in "could not …" and "still at it: …". */
	purpose: string;
	report?: (line: string) => void;
	onStart?: (pid: number) => Promise<void>;
}

/**
 * Runs npm and waits for it, calling `report` every 15 s.
 *
 * @throws Error that says in plain words what failed, with the end of npm's output and the log's path
 */
export async function runNpm(args: string[], run: NpmRun): Promise<void> {
	const { folder, env, logFile, purpose, report = () => {}, onStart } = run;
	const before = await stat(logFile).then(
		({ size }) => size,
		() => 0,
	);
	const log = openSync(logFile, 'a');
	const started = Date.now();
	const reporting = setInterval(
		() => report(`  … still at it: ${purpose} (${elapsed(Date.now() - started)})`),
		REPORT_INTERVAL_MS,
	);
	try {
		const child = spawn('npm', args, {
			cwd: folder,
			env,
			stdio: ['ignore', log, log],
			shell: process.platform === 'win32',
		});
		const ended = new Promise<number | string>((resolve, reject) => {
			child.once('error', reject);
			child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
		});
		if (child.pid !== undefined) await onStart?.(child.pid);
		const code = await ended.catch((error: NodeJS.ErrnoException) => {
			const reason = error.code === 'ENOENT' ? 'npm was not found on the PATH' : error.message;
			throw new Error(`Could not finish: ${purpose}: ${reason}`);
		});
		if (code !== 0) {
			const output = (await readFile(logFile)).subarray(before).toString();
			throw new Error(failureMessage(purpose, code, output, logFile));
		}
	} finally {
		clearInterval(reporting);
		closeSync(log);
	}
}

function failureMessage(
	purpose: string,
	code: number | string,
	output: string,
	logFile: string,
): string {
	const [, why = `npm ended with ${code}`] =
		KNOWN_FAILURES.find(([pattern]) => pattern.test(output)) ?? [];
	const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
	return `Could not finish: ${purpose}: ${why}.\nThe whole output is in ${logFile}; it ends:\n${tail}`;
}

/** 75000 → "1 min 15 s" */
export function elapsed(milliseconds: number): string {
	const seconds = Math.round(milliseconds / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
