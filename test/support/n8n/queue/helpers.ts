import { freePort } from '../ports';
import { type RunningN8n, type StartOptions, startN8n } from '../process';
import { QueueBackend } from './queueBackend';

const PROCESSES_OF_EACH_KIND = 2;

export interface QueueHelpers {
	/** `n8n webhook`, each with an address of its own. */
	processors: RunningN8n[];
	/** `n8n worker` */
	workers: RunningN8n[];
}

/**
 * Starts two webhook processors and two workers beside a main that has prepared the database.
 *
 * @param env goes beside that of queue mode
 * @throws what starting the first that failed threw, with none left running
 */
export async function startHelpers(
	backend: QueueBackend,
	{ env, ...options }: Pick<StartOptions, 'installation' | 'tarball' | 'env'>,
): Promise<QueueHelpers> {
	const begin = async (command: 'webhook' | 'worker') => {
		const port = await freePort();
		return await startN8n({
			...options,
			command,
			port,
			env: {
				...backend.env(),
				...env,
				// A worker serves nothing else.
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: String(port),
				N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
			},
		});
	};
	const beginAll = (command: 'webhook' | 'worker') =>
		Array.from({ length: PROCESSES_OF_EACH_KIND }, async () => await begin(command));

	const all = await Promise.allSettled([...beginAll('webhook'), ...beginAll('worker')]);
	const started = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
	const failed = all.find((one) => one.status === 'rejected');
	if (failed) {
		await Promise.all(started.map(async (n8n) => await n8n.stop()));
		throw failed.reason;
	}
	return {
		processors: started.slice(0, PROCESSES_OF_EACH_KIND),
		workers: started.slice(PROCESSES_OF_EACH_KIND),
	};
}
