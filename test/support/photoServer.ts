import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import fastify from 'fastify';

/** What begins like a JPEG, for readers that look at the first bytes only. */
export const JPEG = Buffer.from('ffd8ffe000104a46494600', 'hex');

/** What begins like a PNG. */
export const PNG = Buffer.from('89504e470d0a1a0a0000000d', 'hex');

/** Larger than any photo may be. */
const BOMB_BYTES = 21 * 1024 * 1024;

const CHUNK = Buffer.alloc(256 * 1024, 7);

/** A web server for photos on loopback, with paths for all that may go wrong. */
export interface PhotoServer {
	/** Such as `http://127.0.0.1:5000`. */
	url: string;
	/** Headers of the requests so far, oldest first. */
	requests: IncomingHttpHeaders[];
	/** Bytes of the endless photo that were handed to the network. */
	sentBytes(): number;
	/** Responses that never end and whose connection is open. */
	openResponses(): number;
	stop(): Promise<void>;
}

/**
 * Starts the server. Paths: `/file/<name>?type=<content type>` (a JPEG unless `content=png|text|empty`),
 * `/status/<code>`, `/redirect?to=<URL>`, `/loop`, `/endless.jpg`, `/announced.jpg` (a Content-Length
 * above the limit), `/bomb.jpg` (compressed), `/silent.jpg` (never goes on after its first bytes),
 * `/mute.jpg` (never answers), `/cut.jpg` (breaks off).
 */
export async function startPhotoServer(): Promise<PhotoServer> {
	const requests: IncomingHttpHeaders[] = [];
	let sentBytes = 0;
	const open = new Set<ServerResponse>();
	const app = fastify({ forceCloseConnections: true });
	app.addHook('onRequest', async ({ headers }) => void requests.push(headers));

	app.get<{ Querystring: { type?: string; content?: string } }>(
		'/file/*',
		async ({ query: { type = 'image/jpeg', content = 'jpeg' } }, reply) => {
			reply.hijack();
			const contents: Record<string, Buffer> = {
				jpeg: JPEG,
				png: PNG,
				text: Buffer.from('<html>Sign in</html>'),
				empty: Buffer.alloc(0),
			};
			reply.raw.writeHead(200, type === 'none' ? {} : { 'content-type': type });
			reply.raw.end(contents[content]);
		},
	);
	app.get<{ Params: { code: string } }>('/status/:code', async ({ params: { code } }, reply) => {
		await reply.code(Number(code)).type('image/jpeg').send(JPEG);
	});
	app.get<{ Querystring: { to: string } }>('/redirect', async ({ query: { to } }, reply) => {
		await reply.redirect(to);
	});
	app.get('/loop', async (_request, reply) => await reply.redirect('/loop'));
	app.get('/bomb.jpg', async (_request, reply) => {
		const body = gzipSync(Buffer.alloc(BOMB_BYTES));
		await reply.headers({ 'content-encoding': 'gzip' }).type('image/jpeg').send(body);
	});

	/** A response that the test server does not end. */
	const unended = (path: string, answer: (response: ServerResponse) => void) =>
		app.get(path, async (_request, reply) => {
			reply.hijack();
			open.add(reply.raw);
			reply.raw.once('close', () => open.delete(reply.raw));
			answer(reply.raw);
		});
	const begin = (response: ServerResponse, headers = {}) =>
		response.writeHead(200, { 'content-type': 'image/jpeg', ...headers }).write(JPEG);
	unended('/mute.jpg', () => {});
	unended('/silent.jpg', (response) => begin(response));
	unended('/announced.jpg', (response) => begin(response, { 'content-length': BOMB_BYTES }));
	unended('/cut.jpg', (response) => {
		begin(response, { 'content-length': 1_000 });
		setTimeout(() => response.destroy(), 50);
	});
	unended('/endless.jpg', (response) => {
		begin(response);
		const pump = () => {
			if (response.destroyed) return;
			sentBytes += CHUNK.length;
			if (response.write(CHUNK)) setImmediate(pump);
			else response.once('drain', pump);
		};
		pump();
	});

	return {
		url: await app.listen({ host: '127.0.0.1', port: 0 }),
		requests,
		sentBytes: () => sentBytes,
		openResponses: () => open.size,
		stop: async () => await app.close(),
	};
}
