import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

import { waitFor } from '../waitFor';

const PAGE = resolve(__dirname, '../../../docs/reverse-proxies.md');

/** The address of n8n in the page's configurations. */
const N8N = /127\.0\.0\.1:5678/g;

export type ProxyKind = 'nginx' | 'caddy';

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

/** Whether a proxy's program is on this machine; `/usr/sbin` is not in every PATH. */
export const pathOf = (kind: ProxyKind): string | undefined =>
	[...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
		.map((folder) => join(folder, kind))
		.find(existsSync);

/** A reverse proxy with the configuration that docs/reverse-proxies.md gives for it. */
export class Proxy {
	private constructor(
		private readonly child: ChildProcess,
		private readonly folder: string,
	) {}

	/**
	 * Starts it on a port of loopback, in front of an n8n.
	 *
	 * @throws Error with what it printed if it does not listen soon
	 */
	static async start(kind: ProxyKind, port: number, n8nPort: number): Promise<Proxy> {
		const program = PROGRAMS[kind];
		const folder = await mkdtemp(join(tmpdir(), `n8n-nodes-kliq-${kind}-`));
		const block = new RegExp(`\`\`\`${program.language}\\n(.*?)\`\`\``, 's');
		const [, configuration] = block.exec(await readFile(PAGE, 'utf8'))!;
		const file = join(folder, 'configuration');
		const here = configuration.replace(N8N, `127.0.0.1:${n8nPort}`);
		await writeFile(file, program.toWhole(here, port, folder));

		const env = { ...process.env, HOME: folder };
		const args = program.argumentsFor(file, folder);
		const child = spawn(pathOf(kind)!, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
		let printed = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
		}
		const proxy = new Proxy(child, folder);
		try {
			await waitFor(async () => {
				if (child.exitCode !== null) throw new Error(`${kind} ended: ${printed}`);
				await connectTo(port);
			}, 20_000);
		} catch (error) {
			await proxy.stop();
			throw error;
		}
		return proxy;
	}

	async stop(): Promise<void> {
		if (this.child.exitCode === null) {
			this.child.kill('SIGTERM');
			await once(this.child, 'exit');
		}
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
