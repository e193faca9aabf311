import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 500;
const REPORT_INTERVAL_MS = 15_000;
const HEARTBEAT_INTERVAL_MS = 5_000;
const STALE_AFTER_MS = 120_000;

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
 * A stale lock is taken over: one whose processes are gone, or whose heartbeat has been missing for
 * two minutes.
 *
 * @param lockFolder where the lock stands; its parent must exist
 * @param onWait called while another process holds the lock, at once and then every 15 s, with the
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
	let nextReport = started;
	while (!(await tryToAcquire(lockFolder))) {
		if (await removeIfStale(lockFolder)) continue;
		if (Date.now() >= nextReport) {
			onWait(Date.now() - started);
			nextReport += REPORT_INTERVAL_MS;
		}
		await sleep(POLL_MS);
	}

	const addHolder = async (pid: number) =>
		await writeFile(join(lockFolder, fileNameOf({ token, host: hostname(), pid })), '');
	const heartbeat = setInterval(() => {
		const now = new Date();
		utimes(lockFolder, now, now).catch(() => {});
	}, HEARTBEAT_INTERVAL_MS);
	heartbeat.unref();
	try {
		await addHolder(process.pid);
		return await work({ alsoHeldBy: addHolder });
	} finally {
		clearInterval(heartbeat);
		await release(lockFolder, token);
	}
}

async function tryToAcquire(lockFolder: string): Promise<boolean> {
	try {
		await mkdir(lockFolder);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

/**
 * Moves a stale lock away. The new name is made from the old holder's token and stays taken, so of
 * two processes that saw the same stale lock, the slower one cannot move the faster one's new lock
 * away: its rename fails because the name exists.
 */
async function removeIfStale(lockFolder: string): Promise<boolean> {
	let owners: Owner[];
	let lastHeartbeat: number;
	try {
		owners = (await readdir(lockFolder)).map(ownerOf);
		lastHeartbeat = (await stat(lockFolder)).mtimeMs;
	} catch {
		return true; // released meanwhile
	}
	if (!isStale(owners, lastHeartbeat)) return false;
	try {
		await rename(lockFolder, `${staleNameOf(lockFolder)}${owners[0]?.token ?? lastHeartbeat}`);
		return true;
	} catch {
		return false;
	}
}

function isStale(owners: Owner[], lastHeartbeat: number): boolean {
	if (Date.now() - lastHeartbeat > STALE_AFTER_MS) return true;
	// No owner yet: it has been taken only just now.
	if (owners.length === 0) return false;
	return owners.every(({ host, pid }) => host === hostname() && !isRunning(pid));
}

/** In one step, as removing a folder takes several; and not if the lock has been taken over. */
async function release(lockFolder: string, token: string): Promise<void> {
	const holders = await readdir(lockFolder).catch(() => []);
	if (!holders.some((name) => name.startsWith(token))) return;
	await rename(lockFolder, `${staleNameOf(lockFolder)}${token}`);
	await removeStale(lockFolder);
}

async function removeStale(lockFolder: string): Promise<void> {
	const folder = dirname(lockFolder);
	const stale = (await readdir(folder)).filter((name) =>
		name.startsWith(basename(staleNameOf(lockFolder))),
	);
	for (const name of stale) await rm(join(folder, name), { recursive: true, force: true });
}

const staleNameOf = (lockFolder: string) => `${lockFolder}.dead-`;

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
