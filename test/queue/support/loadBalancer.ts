import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { listenOnFreePort } from '../../support/listen';

/**
 * What n8n's documentation puts in front of webhook processors: WEBHOOK_URL is its address, and it
 * gives each connection to the next processor.
 */
export class LoadBalancer {
	private readonly sockets = new Set<Socket>();
	private targets: Array<{ port: number }> = [];
	/** How many connections have come in. */
	connections = 0;

	private constructor(private readonly server: Server) {}

	/** Listens on a free port of loopback. Without targets yet, it closes every connection. */
	static async open(): Promise<LoadBalancer> {
		const server = createServer();
		const balancer = new LoadBalancer(server);
		server.on('connection', (client) => balancer.forward(client));
		await listenOnFreePort(server);
		return balancer;
	}

	/** With a slash at the end. */
	get url(): string {
		const { port } = this.server.address() as AddressInfo;
		return `http://127.0.0.1:${port}/`;
	}

	setTargets(targets: Array<{ port: number }>): void {
		this.targets = targets;
	}

	async close(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		await new Promise((resolve) => this.server.close(resolve));
	}

	private forward(client: Socket): void {
		const target = this.targets[this.connections++ % this.targets.length];
		if (target === undefined) return void client.destroy();
		const upstream = connect({ host: '127.0.0.1', port: target.port });
		for (const [one, other] of [
			[client, upstream],
			[upstream, client],
		]) {
			this.sockets.add(one);
			one.on('error', () => other.destroy());
			one.on('close', () => {
				this.sockets.delete(one);
				other.destroy();
			});
			one.pipe(other);
		}
	}
}
