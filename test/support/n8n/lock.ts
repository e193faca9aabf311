import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 500;
const SIGN_OF_LIFE_MS = 15_000;
const HEARTBEAT_MS = 5_000;
const SILENCE_MEANS_DEAD_MS = 120_000;

interface Owner {
	token: string;
	host: string;
	pid: number;
}

export interface HeldLock {
	/** Keeps the lock from being taken over while this child of the holder still works. */
	alsoHeldBy(childPid: number): Promise<void>;
}

/**
 * Runs `work` while no other process on this machine (or on another one sharing the folder) runs
 * work under the same lock. The lock is a folder, because making one is atomic everywhere; it
 * holds one file per process that works under it, named by who that is.
 *
 * A holder that died is noticed (its processes are gone, or it has not shown a sign of life for
 * two minutes) and its lock is taken over.
 *
 * @param lockFolder where the lock stands; its parent must exist
 * @param onWait called while somebody else holds the lock, at once and then every 15 s, with the
 * milliseconds waited so far
 * @returns what `work` returns; throws what it throws
 */
export async function withLock<T>(
	lockFolder: string,
	onWait: (waitedMs: number) => void,
	work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
	const token = randomUUID();
	const started = Date.now();
	let nextSign = started;
	while (!(await tryToTake(lockFolder))) {
		if (await takeAwayIfDead(lockFolder)) continue;
		if (Date.now() >= nextSign) {
			onWait(Date.now() - started);
			nextSign += SIGN_OF_LIFE_MS;
		}
		await sleep(POLL_MS);
	}

	const addHolder = async (pid: number) =>
		await writeFile(join(lockFolder, fileNameOf({ token, host: hostname(), pid })), '');
	const heartbeat = setInterval(() => {
		const now = new Date();
		utimes(lockFolder, now, now).catch(() => {});
	}, HEARTBEAT_MS);
	heartbeat.unref();
	try {
		await addHolder(process.pid);
		return await work({ alsoHeldBy: addHolder });
	} finally {
		clearInterval(heartbeat);
		await giveBack(lockFolder, token);
	}
}

async function tryToTake(lockFolder: string): Promise<boolean> {
	try {
		await mkdir(lockFolder);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

/**
 * Moves a dead holder's lock out of the way. The new name is made from the dead holder's token and
 * stays taken, so of two processes that saw the same dead holder, the slower one cannot move the
 * faster one's fresh lock away: its rename fails on the name already there.
 */
async function takeAwayIfDead(lockFolder: string): Promise<boolean> {
	let owners: Owner[];
	let lastSign: number;
	try {
		owners = (await readdir(lockFolder)).map(ownerOf);
		lastSign = (await stat(lockFolder)).mtimeMs;
	} catch {
		return true; // given back meanwhile
	}
	if (!isDead(owners, lastSign)) return false;
	try {
		await rename(lockFolder, `${graveOf(lockFolder)}${owners[0]?.token ?? lastSign}`);
		return true;
	} catch {
		return false;
	}
}

function isDead(owners: Owner[], lastSign: number): boolean {
	if (Date.now() - lastSign > SILENCE_MEANS_DEAD_MS) return true;
	// No owner yet: it has been taken only just now.
	if (owners.length === 0) return false;
	return owners.every(({ host, pid }) => host === hostname() && !isRunning(pid));
}

/** In one step, as removing a folder takes several; and not if the lock has been taken over. */
async function giveBack(lockFolder: string, token: string): Promise<void> {
	const holders = await readdir(lockFolder).catch(() => []);
	if (!holders.some((name) => name.startsWith(token))) return;
	await rename(lockFolder, `${graveOf(lockFolder)}${token}`);
	await clearGraves(lockFolder);
}

async function clearGraves(lockFolder: string): Promise<void> {
	const folder = dirname(lockFolder);
	const graves = (await readdir(folder)).filter((name) =>
		name.startsWith(basename(graveOf(lockFolder))),
	);
	for (const name of graves) await rm(join(folder, name), { recursive: true, force: true });
}

const graveOf = (lockFolder: string) => `${lockFolder}.dead-`;

const fileNameOf = ({ token, pid, host }: Owner) => `${token}_${pid}_${encodeURIComponent(host)}`;

function ownerOf(fileName: string): Owner {
	const [token, pid, ...host] = fileName.split('_');
	return { token, pid: Number(pid), host: decodeURIComponent(host.join('_')) };
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
