import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { freePort } from '../ports';
import { pathOf } from './binaries';
import { Service } from './service';

const run = promisify(execFile);

/** A Redis on loopback that keeps nothing on disk. */
export interface Redis {
	port: number;
	/** Runs one command. @returns its answer as redis-cli prints it */
	ask(...command: string[]): Promise<string>;
	stop(): Promise<void>;
}

/** @param folder an empty one; the caller removes it */
export async function startRedis(folder: string): Promise<Redis> {
	const port = await freePort();
	const ask = async (...command: string[]) => {
		const { stdout } = await run(pathOf('redis-cli'), ['-p', String(port), ...command]);
		return stdout.trim();
	};
	const service = await Service.start({
		name: 'redis-server',
		folder,
		stopSignal: 'TERM',
		command: [
			pathOf('redis-server'),
			...['--bind', '127.0.0.1', '--port', String(port)],
			...['--save', '', '--appendonly', 'no', '--dir', folder],
		],
		ping: async () => {
			const answer = await ask('ping');
			if (answer !== 'PONG') throw new Error(answer);
		},
	});
	return { port, ask, stop: async () => await service.stop() };
}
