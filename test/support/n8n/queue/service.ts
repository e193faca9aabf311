import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import { LogBuffer } from '../logBuffer';
import type { RunAs } from './unprivileged';

const READY_WITHIN_MS = 180_000;
const END_WITHIN_MS = 20_000;
const POLL_MS = 100;

/**
 * Runs a server until the pipe from this process closes, be it closed or broken because this process
 * has been killed. The first argument is the signal that ends the server.
 */
const STOP_WITH_PARENT =
	'signal=$1; shift; "$@" & server=$!; cat > /dev/null; kill -s "$signal" "$server"; wait "$server"';

export interface ServiceOptions {
	name: string;
	command: string[];
	/** Stops the server at once, without saving. Not INT: a shell makes its background jobs ignore it. */
	stopSignal: 'TERM' | 'QUIT';
	/** Where the server may leave its files. */
	folder: string;
	runAs?: RunAs;
	/** Resolves when the server serves; rejects while it does not yet. */
	ping: () => Promise<unknown>;
}

/** A server beside n8n (Redis, PostgreSQL, a reverse proxy) that does not outlive this process. */
export class Service {
	private constructor(
		private readonly child: ChildProcess,
		private readonly log: LogBuffer,
		private readonly name: string,
	) {}

	/** @throws Error with the server's output if it does not serve within 3 minutes */
	static async start({
		name,
		command,
		stopSignal,
		folder,
		runAs,
		ping,
	}: ServiceOptions): Promise<Service> {
		const child = spawn('sh', ['-c', STOP_WITH_PARENT, name, stopSignal, ...command], {
			cwd: folder,
			stdio: ['pipe', 'pipe', 'pipe'],
			detached: true,
			...runAs,
		});
		const log = new LogBuffer();
		child.on('error', (error) => log.add(Buffer.from(error.message)));
		child.stdin.on('error', () => {}); // it is gone; its exit tells
		for (const stream of [child.stdout, child.stderr]) {
			stream.on('data', (chunk: Buffer) => log.add(chunk));
		}
		const service = new Service(child, log, name);
		try {
			await service.untilServing(ping);
		} catch (error) {
			await service.stop();
			throw error;
		}
		return service;
	}

	/** No process is left. */
	async stop(): Promise<void> {
		const { child } = this;
		if (child.pid === undefined) return;
		child.stdin?.end();
		for (let waited = 0; !hasEnded(child) && waited < END_WITHIN_MS; waited += POLL_MS) {
			await sleep(POLL_MS);
		}
		try {
			process.kill(-child.pid, 'SIGKILL');
		} catch {
			// nothing is left of it, as it should be
		}
	}

	private async untilServing(ping: () => Promise<unknown>): Promise<void> {
		const deadline = Date.now() + READY_WITHIN_MS;
		for (;;) {
			try {
				return void (await ping());
			} catch (error) {
				if (Date.now() > deadline) {
					throw new Error(`${this.name} does not serve: ${String(error)}\n${this.log.text()}`);
				}
			}
			await sleep(POLL_MS);
		}
	}
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;
