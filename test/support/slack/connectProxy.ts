import { createServer } from 'node:http';
import { connect } from 'node:net';

import { listenOnFreePort } from '../listen';

/** An HTTP proxy on loopback that leads some hosts to a server of the test, and no other host anywhere. */
export interface ConnectProxy {
	url: string;
	/** The hosts that it was asked for and does not lead anywhere. */
	refusedHosts: string[];
	stop(): Promise<void>;
}

/** @param ports the port of 127.0.0.1 for each host */
export async function startConnectProxy(ports: Record<string, number>): Promise<ConnectProxy> {
	const refusedHosts: string[] = [];
	const tunnels = new Set<() => void>();
	const server = createServer((request, response) => {
		refusedHosts.push(request.headers.host ?? '');
		response.writeHead(403).end();
	});
	server.on('connect', ({ url = '' }, client, head) => {
		const [host] = url.split(':');
		const port = ports[host];
		if (port === undefined) {
			refusedHosts.push(host);
			client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
			return;
		}
		const target = connect(port, '127.0.0.1', () => {
			client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			target.write(head);
			target.pipe(client).pipe(target);
		});
		const close = () => {
			tunnels.delete(close);
			target.destroy();
			client.destroy();
		};
		tunnels.add(close);
		for (const socket of [client, target]) socket.on('error', close).on('close', close);
	});
	const port = await listenOnFreePort(server);
	return {
		url: `http://127.0.0.1:${port}`,
		refusedHosts,
		stop: async () => {
			for (const close of tunnels) close();
			server.closeAllConnections();
			await new Promise((closed) => server.close(closed));
		},
	};
}
