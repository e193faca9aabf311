import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';

import { pathOf } from './path';

/** One API request as it came in, and how it was answered. */
export interface LoggedRequest {
	/** When it came in, on this machine's clock, in milliseconds since 1970. */
	receivedAt: number;
	method: string;
	/** As sent, without the query. */
	path: string;
	/** A parameter sent twice is an array. */
	query: Record<string, string | string[]>;
	headers: IncomingHttpHeaders;
	/** Parsed JSON; undefined where there was none. */
	body: unknown;
	/** Undefined while pending, and where a fault closed the connection before the work. */
	status: number | undefined;
}

/** Logs every request, refused ones included. */
export function addRequestLog(app: FastifyInstance, log: LoggedRequest[]): void {
	const entries = new WeakMap<object, LoggedRequest>();

	app.addHook('onRequest', async (request) => {
		const entry: LoggedRequest = {
			receivedAt: Date.now(),
			method: request.method,
			path: pathOf(request),
			query: request.query as LoggedRequest['query'],
			headers: request.headers,
			body: undefined,
			status: undefined,
		};
		entries.set(request, entry);
		log.push(entry);
	});
	app.addHook('preValidation', async (request) => {
		const entry = entries.get(request);
		if (entry) entry.body = request.body ?? undefined;
	});
	// onSend, not onResponse: a caller that has its answer must find the status in the log.
	app.addHook('onSend', async (request, reply, payload) => {
		const entry = entries.get(request);
		if (entry) entry.status = reply.statusCode;
		return payload;
	});
}
