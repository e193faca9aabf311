import { execFile } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What `spawn()` takes to run a program as another user; empty: as ourselves. */
export interface RunAs {
	uid?: number;
	gid?: number;
}

/** The user `nobody` where we are root, as which PostgreSQL refuses to run; ourselves otherwise. */
export async function unprivilegedUser(): Promise<RunAs> {
	if (process.getuid?.() !== 0) return {};
	return { uid: await idOf('-u'), gid: await idOf('-g') };
}

/** Makes a folder that user's. */
export async function giveTo({ uid, gid }: RunAs, folder: string): Promise<void> {
	if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
}

async function idOf(which: '-u' | '-g'): Promise<number> {
	const { stdout } = await promisify(execFile)('id', [which, 'nobody']);
	return Number(stdout);
}
