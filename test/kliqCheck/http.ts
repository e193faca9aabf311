import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Headers that belong to one connection, not to the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer'];

export interface HttpMessage {
	headers: Record<string, string | string[]>;
	body: Buffer;
}

export interface HttpAnswer extends HttpMessage {
	status: number;
}

/** Listens on 127.0.0.1. @param port 0 for any free one */
export async function listen(listener: RequestListener, port = 0): Promise<Server> {
	const server = http.createServer(listener);
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	});
	return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

export async function close(server: Server): Promise<void> {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
}

/** Headers and body of a message, without what belongs to its connection. */
export async function readMessage(message: IncomingMessage): Promise<HttpMessage> {
	const entries = Object.entries(message.headers).filter(
		([name, value]) => value !== undefined && !HOP_BY_HOP.includes(name),
	);
	return {
		headers: Object.fromEntries(entries) as HttpMessage['headers'],
		body: await buffer(message),
	};
}

/**
 * Sends a request on a connection of its own, and follows no redirect.
 *
 * @throws the connection's error
 */
export async function send(
	url: string,
	{ method, headers, body, timeoutMs }: HttpMessage & { method: string; timeoutMs: number },
): Promise<HttpAnswer> {
	const { request: open } = url.startsWith('https:') ? https : http;
	const signal = AbortSignal.timeout(timeoutMs);
	const response = await new Promise<IncomingMessage>((resolve, reject) => {
		const request = open(url, { method, headers, agent: false, signal }, resolve);
		request.on('error', reject);
		request.end(body);
	});
	return { status: response.statusCode ?? 0, ...(await readMessage(response)) };
}
