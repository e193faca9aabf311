import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { withLock } from '../../support/n8n/lock';

describe('the lock of the installations', () => {
	let folder: string;
	let lock: string;

	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-lock-'));
		lock = join(folder, 'install.lock');
	});

	afterEach(async () => {
		await rm(folder, { recursive: true, force: true });
	});

	/** Runs five at once. @returns the maximum number that held the lock at a time */
	async function maxHolders(): Promise<number> {
		let current = 0;
		let max = 0;
		const work = async () => {
			max = Math.max(max, ++current);
			await sleep(20);
			current--;
		};
		await Promise.all(Array.from({ length: 5 }, async () => await withLock(lock, () => {}, work)));
		return max;
	}

	it('lets one process work at a time, and is removed afterwards', async () => {
		expect(await maxHolders()).toBe(1);
		expect(await readdir(folder)).toEqual([]);
	});

	it('is taken over, by one only, from a process that died', async () => {
		const dead = spawn(process.execPath, ['--eval', '']);
		await once(dead, 'exit');
		await mkdir(lock);
		await writeFile(join(lock, `token_${dead.pid}_${encodeURIComponent(hostname())}`), '');
		expect(await maxHolders()).toBe(1);
		expect(await readdir(folder)).toEqual([]);
	});

	it('is released when the work fails', async () => {
		const failing = withLock(
			lock,
			() => {},
			async () => await Promise.reject(new Error('no space')),
		);
		await expect(failing).rejects.toThrow('no space');
		expect(await readdir(folder)).toEqual([]);
	});
});
