import type { N8nInstallation } from '../install';
import { freePort } from '../ports';
import { type RunningN8n, startN8n } from '../process';
import { QueueBackend } from './queueBackend';

const PROCESSES_OF_EACH_KIND = 2;

export interface QueueHelpers {
	/** `n8n webhook`, each with an address of its own; KLIQ is told the first one's. */
	processors: RunningN8n[];
	/** `n8n worker` */
	workers: RunningN8n[];
}

/** A port for a process that starts later but whose address others must know before. */
export async function addressToBe(): Promise<{ port: number; url: string }> {
	const port = await freePort();
	return { port, url: `http://127.0.0.1:${port}/` };
}

/**
 * Starts two webhook processors and two workers beside a main that has prepared the database.
 *
 * @param port of the first processor
 * @throws what starting the first that failed threw, with none left running
 */
export async function startHelpers(
	backend: QueueBackend,
	options: { installation: N8nInstallation; tarball: string; port: number; webhookUrl: string },
): Promise<QueueHelpers> {
	const { installation, tarball, port, webhookUrl } = options;
	const begin = async (command: 'webhook' | 'worker', index: number) => {
		const isFirstProcessor = command === 'webhook' && index === 0;
		const ownPort = isFirstProcessor ? port : await freePort();
		return await startN8n({
			installation,
			tarball,
			command,
			port: ownPort,
			webhookUrl,
			env: {
				...backend.env(),
				// A worker serves nothing else.
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: String(ownPort),
				N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
			},
		});
	};
	const beginAll = (command: 'webhook' | 'worker') =>
		Array.from({ length: PROCESSES_OF_EACH_KIND }, async (_, index) => await begin(command, index));

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
