import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { freePort } from '../ports';
import { pathOf } from './binaries';
import { Service } from './service';
import { giveTo, unprivilegedUser } from './unprivileged';

const run = promisify(execFile);

export const POSTGRES_USER = 'n8n';
export const POSTGRES_DATABASE = 'postgres';

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** A PostgreSQL on loopback with an empty database; it asks for no password. */
export interface Postgres {
	port: number;
	/** Runs one statement. @returns its rows, each field as text (no field may hold `|` or a line break) */
	query(sql: string): Promise<string[][]>;
	stop(): Promise<void>;
}

/** @param folder an empty one; the caller removes it */
export async function startPostgres(folder: string): Promise<Postgres> {
	const runAs = await unprivilegedUser();
	await giveTo(runAs, folder);
	const data = join(folder, 'data');
	await run(
		pathOf('initdb'),
		['-D', data, '-U', POSTGRES_USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
		{ cwd: folder, ...runAs },
	);

	const port = await freePort();
	const query = async (sql: string) => {
		const { stdout } = await run(
			pathOf('psql'),
			[
				...['-h', '127.0.0.1', '-p', String(port), '-U', POSTGRES_USER, '-d', POSTGRES_DATABASE],
				...['--no-psqlrc', '--tuples-only', '--no-align', '-c', sql],
			],
			{ maxBuffer: MAX_OUTPUT_BYTES },
		);
		const rows = stdout.split('\n').filter((line) => line !== '');
		return rows.map((row) => row.split('|'));
	};
	const settings = {
		listen_addresses: '127.0.0.1',
		unix_socket_directories: '',
		// Nothing here has to survive the machine.
		fsync: 'off',
	};
	const service = await Service.start({
		name: 'postgres',
		folder,
		runAs,
		// TERM would wait for n8n to hang up.
		stopSignal: 'QUIT',
		command: [
			...[pathOf('postgres'), '-D', data, '-p', String(port)],
			...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
		],
		ping: async () => await query('select 1'),
	});
	return { port, query, stop: async () => await service.stop() };
}
