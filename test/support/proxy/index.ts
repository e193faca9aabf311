import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { pathOf, type Binary } from '../n8n/queue/binaries';
import { Service } from '../n8n/queue/service';

const PAGE = resolve(__dirname, '../../../docs/reverse-proxies.md');

/** The address of n8n in the page's configurations. */
const N8N = /127\.0\.0\.1:5678/g;

export type ProxyKind = Extract<Binary, 'nginx' | 'caddy'>;

interface Program {
	/** Language of its configuration's block in the page. */
	language: string;
	/** The page's configuration as a whole one, that serves plain HTTP on loopback. */
	toWhole(configuration: string, port: number, folder: string): string;
	argumentsFor(file: string, folder: string): string[];
}

const PROGRAMS: Record<ProxyKind, Program> = {
	nginx: {
		language: 'nginx',
		toWhole: (configuration, port, folder) => `
			daemon off;
			pid ${folder}/nginx.pid;
			error_log stderr;
			events {}
			http {
				access_log off;
				client_body_temp_path ${folder}/body;
				proxy_temp_path ${folder}/proxy;
				fastcgi_temp_path ${folder}/fastcgi;
				uwsgi_temp_path ${folder}/uwsgi;
				scgi_temp_path ${folder}/scgi;
				server {
					listen 127.0.0.1:${port};
					${configuration}
				}
			}`,
		argumentsFor: (file, folder) => ['-p', folder, '-e', 'stderr', '-c', file],
	},
	caddy: {
		language: 'caddyfile',
		toWhole: (configuration, port) =>
			`{\n\tadmin off\n\tauto_https off\n}\nhttp://127.0.0.1:${port} {\n\tbind 127.0.0.1\n${configuration}\n}\n`,
		argumentsFor: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
	},
};

/** A reverse proxy with the configuration that docs/reverse-proxies.md gives for it. */
export class Proxy {
	private constructor(
		private readonly service: Service,
		private readonly folder: string,
	) {}

	/**
	 * Starts it on a port of loopback, in front of an n8n.
	 *
	 * @throws Error with what it printed if it does not listen
	 */
	static async start(kind: ProxyKind, port: number, n8nPort: number): Promise<Proxy> {
		const program = PROGRAMS[kind];
		const folder = await mkdtemp(join(tmpdir(), `n8n-nodes-kliq-${kind}-`));
		const block = new RegExp(`\`\`\`${program.language}\\n(.*?)\`\`\``, 's');
		const [, configuration] = block.exec(await readFile(PAGE, 'utf8'))!;
		const file = join(folder, 'configuration');
		const here = configuration.replace(N8N, `127.0.0.1:${n8nPort}`);
		await writeFile(file, program.toWhole(here, port, folder));
		const service = await Service.start({
			name: kind,
			folder,
			stopSignal: 'TERM',
			// Caddy saves its configuration below the home folder.
			command: ['env', `HOME=${folder}`, pathOf(kind), ...program.argumentsFor(file, folder)],
			ping: async () => await connectTo(port),
		});
		return new Proxy(service, folder);
	}

	async stop(): Promise<void> {
		await this.service.stop();
		await rm(this.folder, { recursive: true, force: true });
	}
}

/** Resolves once something accepts a connection on a port of loopback; throws if nothing does. */
export async function connectTo(port: number): Promise<void> {
	const socket = connect(port, '127.0.0.1');
	try {
		await once(socket, 'connect');
	} finally {
		socket.destroy();
	}
}
