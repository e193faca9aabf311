import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

import { reasonIn } from './failureReason';

const REPORT_INTERVAL_MS = 15_000;
const TAIL_LINES = 15;

export interface Command {
	/** As its users call it: `npm`. */
	name: string;
	/** What is started: a program on the PATH, or the path of one. */
	program: string;
	args: string[];
}

export interface CommandRun {
	folder: string;
	env: NodeJS.ProcessEnv;
	/** The command's output is appended to this file. */
	logFile: string;
	/** What is being done, as in "could not …" and "still at it: …". */
	purpose: string;
	report?: (line: string) => void;
	onStart?: (pid: number) => Promise<void>;
}

/**
 * Runs a command and waits for it, calling `report` every 15 s.
 *
 * @throws Error that says in plain words what failed, with the end of the command's output and the log's path
 */
export async function runCommand(
	{ name, program, args }: Command,
	{ folder, env, logFile, purpose, report = () => {}, onStart }: CommandRun,
): Promise<void> {
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
		const child = spawn(program, args, {
			cwd: folder,
			env,
			stdio: ['ignore', log, log],
			// On Windows npm is a script, which only a shell starts.
			shell: process.platform === 'win32' && name === program,
		});
		const ended = new Promise<number | string>((resolve, reject) => {
			child.once('error', reject);
			child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
		});
		if (child.pid !== undefined) await onStart?.(child.pid);
		const code = await ended.catch((error: NodeJS.ErrnoException) => {
			const reason = error.code === 'ENOENT' ? `${name} was not found on the PATH` : error.message;
			throw new Error(`Could not finish: ${purpose}: ${reason}`);
		});
		if (code !== 0) {
			const output = (await readFile(logFile)).subarray(before).toString();
			const why = reasonIn(output) ?? `${name} ended with ${code}`;
			throw new Error(failureMessage(purpose, why, output, logFile));
		}
	} finally {
		clearInterval(reporting);
		closeSync(log);
	}
}

function failureMessage(purpose: string, why: string, output: string, logFile: string): string {
	const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
	return `Could not finish: ${purpose}: ${why}.\nThe whole output is in ${logFile}; it ends:\n${tail}`;
}

/** 75000 → "1 min 15 s" */
export function elapsed(milliseconds: number): string {
	const seconds = Math.round(milliseconds / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
