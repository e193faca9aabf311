import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { POSTGRES_DATABASE, POSTGRES_USER, type Postgres, startPostgres } from './postgres';
import { type Redis, startRedis } from './redis';

/**
 * How soon n8n notices that a worker is gone, in milliseconds; by n8n's defaults (60 s, 10 s, 30 s)
 * a test would wait for minutes.
 */
const STALLED = { LOCK_DURATION: 15_000, LOCK_RENEW_TIME: 3_000, STALLED_INTERVAL: 5_000 };

/** What the processes of one n8n in queue mode have in common. */
export class QueueBackend {
	private readonly encryptionKey = randomBytes(24).toString('hex');

	private constructor(
		readonly redis: Redis,
		readonly postgres: Postgres,
		private readonly folders: string[],
	) {}

	/** Starts Redis and PostgreSQL, empty, on free ports of loopback. */
	static async open(): Promise<QueueBackend> {
		const folders = [await newFolder('redis'), await newFolder('postgres')];
		const redis = await startRedis(folders[0]);
		try {
			return new QueueBackend(redis, await startPostgres(folders[1]), folders);
		} catch (error) {
			await redis.stop();
			await remove(folders);
			throw error;
		}
	}

	/** The environment of every n8n process on this backend. */
	env(): Record<string, string> {
		const worker = Object.entries(STALLED).map(([name, ms]) => [
			`QUEUE_WORKER_${name}`,
			String(ms),
		]);
		return {
			EXECUTIONS_MODE: 'queue',
			N8N_ENCRYPTION_KEY: this.encryptionKey,
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(this.redis.port),
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(this.postgres.port),
			DB_POSTGRESDB_DATABASE: POSTGRES_DATABASE,
			DB_POSTGRESDB_USER: POSTGRES_USER,
			...(Object.fromEntries(worker) as Record<string, string>),
		};
	}

	/** To be called when the n8n processes have been stopped. */
	async close(): Promise<void> {
		await this.redis.stop();
		await this.postgres.stop();
		await remove(this.folders);
	}
}

const newFolder = async (name: string) => await mkdtemp(join(tmpdir(), `n8n-nodes-kliq-${name}-`));

async function remove(folders: string[]): Promise<void> {
	for (const folder of folders) {
		await rm(folder, { recursive: true, force: true, maxRetries: 3 });
	}
}
