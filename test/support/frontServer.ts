import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { listenOnFreePort } from './listen';

/** What a server in front of n8n does with a request. */
export type FrontRule = (
	request: IncomingMessage,
	response: ServerResponse,
) => Promise<void> | void;

/** An HTTP server on loopback whose address n8n has for its own, as that of a reverse proxy. */
export class FrontServer {
	rule: FrontRule = (_request, response) => void response.writeHead(503).end();

	private constructor(
		private readonly server: ReturnType<typeof createServer>,
		readonly port: number,
	) {}

	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	static async start(): Promise<FrontServer> {
		const server = createServer(async (request, response) => {
			try {
				await front.rule(request, response);
			} catch {
				response.destroy();
			}
		});
		const front = new FrontServer(server, await listenOnFreePort(server));
		return front;
	}

	async stop(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

/** Answers in n8n's place. */
export const answerWith =
	(status: number, body = '', headers: Record<string, string> = {}): FrontRule =>
	(request, response) => {
		request.resume();
		response.writeHead(status, headers).end(body);
	};

/** Passes everything on to n8n. */
export const passOnTo =
	(target: string): FrontRule =>
	async (request, response) => {
		const headers = { ...request.headers };
		delete headers.host;
		delete headers.connection;
		const answer = await fetch(`${target}${request.url}`, {
			method: request.method,
			headers: headers as Record<string, string>,
			body: request.method === 'GET' ? undefined : await buffer(request),
		});
		response.writeHead(answer.status, {
			'content-type': answer.headers.get('content-type') ?? 'text/plain',
		});
		response.end(Buffer.from(await answer.arrayBuffer()));
	};
