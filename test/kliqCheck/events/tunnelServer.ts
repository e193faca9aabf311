import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import {
	close,
	type HttpAnswer,
	type HttpMessage,
	listen,
	portOf,
	readMessage,
	send,
} from '../http';

const PROBE_PATH = '/n8n-nodes-kliq-check';
const TIMEOUT_MS = 30_000;

/** A request that came through the tunnel to the trigger's address. */
export interface Delivery extends HttpMessage {
	/** In milliseconds since 1970. */
	at: number;
	method: string;
	/** Path and query. */
	path: string;
	/** What the trigger answered, whatever was sent on. */
	trigger: HttpAnswer;
	/** What was sent on. */
	answered: number;
}

/**
 * Stands between a tunnel and a trigger's receiver: forwards what comes to the trigger's path and
 * remembers it. The first event is answered 500, so that KLIQ sends it again.
 */
export class TunnelServer {
	readonly deliveries: Delivery[] = [];

	private refusals = 1;

	private constructor(
		private readonly server: Server,
		private readonly token: string,
		private readonly receiverUrl: string,
	) {}

	/**
	 * @param port where the tunnel leads to; 0 for any free one
	 * @param token part of the trigger's path, and what the tunnel is recognized by
	 */
	static async start(port: number, token: string, receiverUrl: string): Promise<TunnelServer> {
		const server = await listen((request, response) => void tunnel.handle(request, response), port);
		const tunnel = new TunnelServer(server, token, receiverUrl);
		return tunnel;
	}

	get port(): number {
		return portOf(this.server);
	}

	async stop(): Promise<void> {
		await close(this.server);
	}

	/** Whether a public address leads to this server. */
	async isReachedAt(origin: string): Promise<boolean> {
		const request = { method: 'GET', headers: {}, body: Buffer.alloc(0), timeoutMs: TIMEOUT_MS };
		const answer = await send(`${origin}${PROBE_PATH}/${this.token}`, request).catch(
			() => undefined,
		);
		return answer?.body.toString() === this.token;
	}

	private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { method = 'GET', url = '/' } = request;
		if (url === `${PROBE_PATH}/${this.token}`) {
			response.end(this.token);
		} else if (!url.includes(this.token)) {
			response.writeHead(404).end();
		} else {
			await this.forward(method, url, request, response).catch(() => response.destroy());
		}
	}

	private async forward(
		method: string,
		path: string,
		request: IncomingMessage,
		response: ServerResponse,
	): Promise<void> {
		const at = Date.now();
		const message = await readMessage(request);
		const trigger = await send(this.receiverUrl, { ...message, method, timeoutMs: TIMEOUT_MS });
		const isEvent = message.headers['x-kliq-signature'] !== undefined;
		const isRefused = isEvent && this.refusals > 0;
		if (isRefused) this.refusals -= 1;
		const answered = isRefused ? 500 : trigger.status;
		this.deliveries.push({ at, method, path, ...message, trigger, answered });
		response.writeHead(answered, trigger.headers).end(isRefused ? '' : trigger.body);
	}
}
