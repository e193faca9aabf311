import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';

import { startKliqSimulator } from '../../support/simulator';
import type { KliqSimulator, KliqSimulatorOptions } from '../../support/simulator';

type Cleanup = () => Promise<void>;
const cleanups: Cleanup[] = [];

afterEach(async () => {
	for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A simulator that is stopped when the test ends. */
export async function simulator(options?: KliqSimulatorOptions): Promise<KliqSimulator> {
	const kliq = await startKliqSimulator(options);
	cleanups.push(kliq.stop);
	return kliq;
}

export interface Answer {
	status: number;
	headers: Headers;
	text: string;
	/** The parsed text, in whichever of these forms it came; undefined where it is not JSON. */
	json: AnswerJson;
}

interface AnswerJson {
	id: string;
	data: Array<{ id: string; active?: boolean }>;
	cursor: { next: string; hasMore: boolean };
	error: { code: string; message: string };
}

export interface CallOptions {
	tenantId?: string;
	/** null: no key at all. */
	key?: string | null;
	body?: unknown;
}

/** Calls the API below the tenant's path. Rejects where the connection breaks. */
export async function call(
	kliq: KliqSimulator,
	method: string,
	path: string,
	{ tenantId = kliq.tenantId, key = kliq.apiKey, body }: CallOptions = {},
): Promise<Answer> {
	const response = await fetch(`${kliq.baseUrl}/tenants/${tenantId}${path}`, {
		method,
		headers: {
			...(key === null ? {} : { 'X-API-Key': key }),
			...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
		},
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	const text = await response.text();
	return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string) {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

export interface Received {
	/** With the query. */
	path: string;
	headers: http.IncomingHttpHeaders;
	/** Names and values as sent, alternating. */
	rawHeaders: string[];
	body: Buffer;
}

export interface Receiver {
	url: string;
	received: Received[];
	/** What it answers from now on; null: nothing, ever. */
	status: number | null;
}

/** A server that takes deliveries, closed when the test ends. */
export async function receiver(status: number | null = 200): Promise<Receiver> {
	const server = http.createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const { headers, rawHeaders, url: path = '' } = request;
			self.received.push({ path, headers, rawHeaders, body: Buffer.concat(chunks) });
			if (self.status !== null) response.writeHead(self.status).end(`answer ${self.status}`);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	cleanups.push(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	const { port } = server.address() as AddressInfo;
	const self: Receiver = { url: `http://127.0.0.1:${port}/hook`, received: [], status };
	return self;
}
