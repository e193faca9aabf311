import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { close, type HttpAnswer, listen, portOf, readMessage, send } from './http';

/** A little longer than the nodes wait for an answer. */
const TIMEOUT_MS = 35_000;

/** A request to KLIQ and its answer. */
export interface Exchange {
	method: string;
	/** Below the tenant, e.g. `/webhooks`. */
	path: string;
	query: URLSearchParams;
	/** Parsed JSON of the request; undefined where it had none. */
	sent: unknown;
	/** Undefined where no answer came. */
	answer?: HttpAnswer & {
		/** Parsed JSON; undefined where it is none. */
		json: unknown;
	};
	/** Why no answer came: Node's error code. */
	error?: string;
	/** In milliseconds since 1970. */
	sentAt: number;
	endedAt: number;
}

/** Decides whether the check may send a request. */
export type Guard = (request: Pick<Exchange, 'method' | 'path' | 'sent'>) => boolean;

/**
 * Stands between the nodes and KLIQ: forwards their requests unchanged, remembers them with their
 * answers, and lets nothing pass that the check has no business to do.
 */
export class KliqProxy {
	/** Everything that was forwarded, oldest first. */
	readonly exchanges: Exchange[] = [];

	/** Requests that the guard stopped: none, unless the check or a node has a bug. */
	readonly stopped: string[] = [];

	private creating = 0;

	private constructor(
		private readonly server: Server,
		private readonly target: string,
		private readonly guard: Guard,
	) {}

	/** @param target base URL of KLIQ's API */
	static async start(target: string, guard: Guard): Promise<KliqProxy> {
		const server = await listen((request, response) => void proxy.handle(request, response));
		const proxy = new KliqProxy(server, target.replace(/\/+$/, ''), guard);
		return proxy;
	}

	/** The base URL to give to the nodes. */
	get baseUrl(): string {
		return `http://127.0.0.1:${portOf(this.server)}`;
	}

	/** Whether a POST is under way; for no longer than the time limit of a request. */
	get isCreating(): boolean {
		return this.creating > 0;
	}

	async stop(): Promise<void> {
		await close(this.server);
	}

	private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const creates = request.method === 'POST' ? 1 : 0;
		this.creating += creates;
		try {
			await this.forward(request, response);
		} catch {
			response.destroy();
		} finally {
			this.creating -= creates;
		}
	}

	private async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { headers, body } = await readMessage(request);
		const { method = 'GET', url = '/' } = request;
		const { pathname, searchParams: query } = new URL(url, this.baseUrl);
		const path = pathname.replace(/^\/tenants\/[^/]*/, '');
		const sent = parse(body);
		if (!this.guard({ method, path, sent })) {
			this.stopped.push(`${method} ${routeOf(path)}`);
			response.writeHead(400, { 'content-type': 'application/json' });
			response.end('{"message":"Stopped by the check"}');
			return;
		}

		const exchange: Exchange = { method, path, query, sent, sentAt: Date.now(), endedAt: 0 };
		this.exchanges.push(exchange);
		// The answer is read here, so it must not be compressed.
		const forwarded = {
			...headers,
			host: new URL(this.target).host,
			'accept-encoding': 'identity',
		};
		try {
			const timeoutMs = TIMEOUT_MS;
			const answer = await send(this.target + url, { method, headers: forwarded, body, timeoutMs });
			exchange.answer = { ...answer, json: parse(answer.body) };
			response.writeHead(answer.status, answer.headers).end(answer.body);
		} catch (error) {
			const { code, name } = error as NodeJS.ErrnoException;
			exchange.error = typeof code === 'string' ? code : name;
			throw error;
		} finally {
			exchange.endedAt = Date.now();
		}
	}
}

/** A path with `{id}` for the ID of one resource. */
export function routeOf(path: string): string {
	return path.replace(/^\/(webhooks|observations|cv\/jobs)\/.*$/, '/$1/{id}');
}

function parse(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString());
	} catch {
		return undefined;
	}
}
