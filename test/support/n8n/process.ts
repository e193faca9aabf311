import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { installPackage } from './communityPackage';
import { plainEnvironment } from './environment';
import type { N8nInstallation } from './install';
import { LogBuffer } from './logBuffer';
import { freePort } from './ports';
import { cpuSecondsOf, memoryBytesOf } from './processUsage';
import { n8nSettings } from './settings';
import type { N8nVersion } from './versions';

const run = promisify(execFile);

const READY_WITHIN_MS = 300_000;
const GRACE_MS = 20_000;
const ZOMBIE_GRACE_MS = 2_000;
const POLL_MS = 100;
const LOG_TAIL_LINES = 40;

/** n8n's own commands: the whole of it, or in queue mode the main, a webhook processor, a worker. */
export type N8nCommand = 'start' | 'webhook' | 'worker';

/**
 * Printed by both versions once everything is up (`start` of 1.x: after the published workflows'
 * webhooks; with and without an editor).
 */
const READY_LINE: Record<N8nCommand, string> = {
	start: 'Editor is now accessible via',
	webhook: 'Webhook listener waiting for requests',
	worker: 'n8n worker is now ready',
};

/**
 * Preloaded into n8n: when the pipe from this process breaks because this process has been killed,
 * n8n ends with all its children. Node runs this in n8n's worker threads too, where stdin is not the
 * pipe.
 */
const STOP_WITH_PARENT = `data:text/javascript,${encodeURIComponent(`
	import { isMainThread } from 'node:worker_threads';
	if (isMainThread) {
		process.stdin.on('end', () => process.kill(-process.pid, 'SIGKILL')).resume().unref();
	}
`)}`;

export interface StartOptions {
	installation: N8nInstallation;
	/** `start` if not given; the others need an `env` that says queue mode. */
	command?: N8nCommand;
	/** The packed community package to install into this n8n. */
	tarball: string;
	/** n8n's data; a temporary folder of its own if not given, removed by `stop()`. */
	userFolder?: string;
	/** A free port of 127.0.0.1 if not given. */
	port?: number;
	/** Whether n8n serves its editor, as people run it; true if not given. */
	hasEditor?: boolean;
	/** Goes over the sandbox's own settings. The log level must stay at info or below. */
	env?: Record<string, string>;
	/** What n8n believes its public address to be (WEBHOOK_URL); its own URL if not given. */
	webhookUrl?: string;
}

/** What `restart()` may change. */
export interface RestartOptions {
	env?: Record<string, string>;
	webhookUrl?: string;
}

/**
 * Installs the tarball as n8n does and starts n8n, in a process group of its own, on loopback only.
 *
 * @returns when n8n serves requests and its published workflows are registered
 * @throws Error with the end of n8n's log if it exits, or is not up within 5 minutes
 */
export async function startN8n(options: StartOptions): Promise<RunningN8n> {
	const userFolder =
		options.userFolder ?? (await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-sandbox-')));
	const n8n = new RunningN8n(
		options,
		userFolder,
		options.port ?? (await freePort()),
		await freePort(),
	);
	try {
		await mkdir(userFolder, { recursive: true });
		await installPackage(options.tarball, userFolder, options.installation.node);
		await n8n.start();
	} catch (error) {
		await n8n.stop();
		throw error;
	}
	return n8n;
}

/** An n8n of the sandbox. `userFolder` and `port` stay the same over restarts. */
export class RunningN8n {
	readonly version: N8nVersion;
	/** Without a slash at the end. */
	readonly url: string;
	/** All of n8n's output since the first start. */
	readonly logFile: string;

	/** The signal that ended n8n last: `SIGKILL` too where it did not end on SIGTERM in time. */
	endedOn: 'SIGTERM' | 'SIGKILL' | undefined;

	private readonly command: N8nCommand;
	private readonly hasEditor: boolean;
	private readonly log: LogBuffer;
	private child: ChildProcess | undefined;
	private env: Record<string, string>;
	private webhookUrl: string;

	constructor(
		private readonly options: StartOptions,
		readonly userFolder: string,
		readonly port: number,
		private readonly brokerPort: number,
	) {
		this.version = options.installation.version;
		this.command = options.command ?? 'start';
		this.hasEditor = options.hasEditor ?? true;
		this.url = `http://127.0.0.1:${port}`;
		this.logFile = join(userFolder, 'n8n.log');
		this.log = new LogBuffer();
		this.env = options.env ?? {};
		this.webhookUrl = options.webhookUrl ?? `${this.url}/`;
	}

	/** Of n8n's main process. Throws if n8n is not running. */
	get pid(): number {
		if (this.child?.pid === undefined || !this.isRunning) throw new Error('n8n is not running');
		return this.child.pid;
	}

	get isRunning(): boolean {
		return this.child !== undefined && !hasEnded(this.child);
	}

	/** n8n's output since the first start, its last 4 MB. */
	logs(): string {
		return this.log.text();
	}

	/** Resident memory of n8n's main process in bytes. Linux only. */
	async memoryBytes(): Promise<number> {
		return await memoryBytesOf(this.pid);
	}

	/** Processor time n8n's main process has used so far, in seconds. Linux only. */
	async cpuSeconds(): Promise<number> {
		return await cpuSecondsOf(this.pid);
	}

	/** Starts n8n after `kill()` or `stop({ keepData: true })`. */
	async start(): Promise<void> {
		if (this.isRunning) throw new Error('n8n runs already');
		const { installation } = this.options;
		// n8n waits 10 s after a crash before it starts (n8n's dist/crash-journal.js).
		await rm(join(this.userFolder, '.n8n', 'crash.journal'), { force: true });
		this.log.beginSection();
		const child = spawn(
			installation.node.executable,
			['--import', STOP_WITH_PARENT, installation.entryPoint, this.command],
			{
				cwd: this.userFolder,
				env: this.environment(),
				stdio: ['pipe', 'pipe', 'pipe'],
				detached: true,
			},
		);
		this.child = child;
		const failed = new Promise<never>((_, reject) => child.once('error', reject));
		child.stdin.on('error', () => {}); // n8n is gone; its exit tells
		const file = createWriteStream(this.logFile, { flags: 'a' });
		file.on('error', () => {}); // the buffer has it all
		for (const stream of [child.stdout, child.stderr]) {
			stream.on('data', (chunk: Buffer) => {
				this.log.add(chunk);
				file.write(chunk);
			});
		}
		child.once('close', () => file.end());
		await Promise.race([failed, this.untilReady(child)]);
	}

	/** Stops n8n as a service manager would and starts it again on the same data and port. */
	async restart(changes: RestartOptions = {}): Promise<void> {
		await this.stop({ keepData: true });
		this.env = { ...this.env, ...changes.env };
		this.webhookUrl = changes.webhookUrl ?? this.webhookUrl;
		await this.start();
	}

	/**
	 * Runs one of n8n's own commands to its end on the data of this n8n, which should not run meanwhile.
	 *
	 * @throws Error with what it printed if it fails
	 */
	async runCommand(...args: string[]): Promise<void> {
		const { node, entryPoint } = this.options.installation;
		const options = { cwd: this.userFolder, env: this.environment() };
		await run(node.executable, [entryPoint, ...args], options);
	}

	/** SIGKILL to n8n and its children: a crash. The data stay; `restart()` brings n8n back. */
	async kill(): Promise<void> {
		await this.end('SIGKILL');
	}

	/**
	 * SIGTERM, and SIGKILL for what is left after 20 s. No process is left. Removes the data folder if
	 * the sandbox made it, unless told to keep it for `restart()`.
	 */
	async stop({ keepData = false } = {}): Promise<void> {
		await this.end('SIGTERM');
		if (keepData || this.options.userFolder !== undefined) return;
		await rm(this.userFolder, { recursive: true, force: true, maxRetries: 3 });
	}

	private environment(): NodeJS.ProcessEnv {
		const { installation } = this.options;
		return {
			...plainEnvironment(installation.node.binFolder),
			// Compiled code of n8n's thousands of files, from one start to the next.
			NODE_COMPILE_CACHE: join(installation.folder, 'compile-cache'),
			...n8nSettings({
				version: this.version,
				userFolder: this.userFolder,
				port: this.port,
				brokerPort: this.brokerPort,
				url: this.url,
				webhookUrl: this.webhookUrl,
				hasEditor: this.hasEditor,
			}),
			...this.env,
		};
	}

	private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
		const child = this.child;
		if (child?.pid === undefined) return;
		const group = -child.pid;
		this.endedOn = signal;
		if (signal === 'SIGTERM' && !hasEnded(child)) {
			// To n8n alone, as a service manager does: it shuts its task runner down itself.
			child.kill('SIGTERM');
			if (!(await waitUntil(() => hasEnded(child), GRACE_MS))) this.endedOn = 'SIGKILL';
		}
		sendSignal(group, 'SIGKILL');
		await waitUntil(() => hasEnded(child), GRACE_MS);
		// A container without an init leaves killed grandchildren as zombies in the group for good.
		await waitUntil(() => !sendSignal(group, 0), ZOMBIE_GRACE_MS);
		this.child = undefined;
	}

	private async untilReady(child: ChildProcess): Promise<void> {
		const deadline = Date.now() + READY_WITHIN_MS;
		while (Date.now() < deadline) {
			if (hasEnded(child)) throw this.startFailure('exited instead of starting');
			if (this.log.section().includes(READY_LINE[this.command]) && (await this.answers())) return;
			await sleep(POLL_MS);
		}
		await this.end('SIGKILL');
		throw this.startFailure(`was not up after ${READY_WITHIN_MS / 1000} s`);
	}

	private async answers(): Promise<boolean> {
		const settings = this.command === 'start' && this.hasEditor ? ['/rest/settings'] : [];
		try {
			for (const path of ['/healthz/readiness', ...settings]) {
				const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(5_000) });
				if (!response.ok) return false;
				await response.json();
			}
			return true;
		} catch {
			return false;
		}
	}

	private startFailure(what: string): Error {
		const tail = this.logs().trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
		return new Error(`n8n ${this.version} (${this.command}) ${what}. Its log ends:\n${tail}`);
	}
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** @returns whether there was a process to send it to */
function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
	try {
		process.kill(pid, signal);
		return true;
	} catch {
		return false;
	}
}

async function waitUntil(condition: () => boolean, withinMs: number): Promise<boolean> {
	const deadline = Date.now() + withinMs;
	while (!condition()) {
		if (Date.now() > deadline) return false;
		await sleep(POLL_MS / 4);
	}
	return true;
}
