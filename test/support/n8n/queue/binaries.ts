import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian keeps PostgreSQL's servers off the PATH, in a folder per major version. */
const POSTGRES_HOME = '/usr/lib/postgresql';

/** Debian keeps servers off the PATH of users other than root. */
const SERVERS = '/usr/sbin';

const NEEDED = ['redis-server', 'redis-cli', 'initdb', 'postgres', 'psql'] as const;

export type Binary = (typeof NEEDED)[number] | 'nginx' | 'caddy';

/** The programs of Redis and PostgreSQL that are not on this machine. */
export function missingBinaries(): Binary[] {
	return NEEDED.filter((name) => find(name) === undefined);
}

/** Throws if the program is not on this machine. */
export function pathOf(name: Binary): string {
	const path = find(name);
	if (path === undefined) throw new Error(`${name} is not installed`);
	return path;
}

function find(name: Binary): string | undefined {
	const onPath = (process.env.PATH ?? '').split(delimiter);
	const folders = [...onPath, SERVERS, ...postgresFolders()];
	return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Newest first. */
function postgresFolders(): string[] {
	if (!existsSync(POSTGRES_HOME)) return [];
	return readdirSync(POSTGRES_HOME)
		.sort((a, b) => Number(b) - Number(a))
		.map((version) => join(POSTGRES_HOME, version, 'bin'));
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
