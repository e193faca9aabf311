import fastify from 'fastify';
import { SMTPServer } from 'smtp-server';

import { listenOnFreePort } from './listen';

/** A chat's incoming webhook on loopback. */
export interface Chat {
	url: string;
	/** The texts posted to it, oldest first. */
	messages: string[];
	stop(): Promise<void>;
}

export async function startChat(): Promise<Chat> {
	const messages: string[] = [];
	const app = fastify({ forceCloseConnections: true });
	app.post<{ Body: { text: string } }>('/hook', async ({ body }) => {
		messages.push(body.text);
		return 'ok';
	});
	const url = await app.listen({ host: '127.0.0.1', port: 0 });
	return { url: `${url}/hook`, messages, stop: async () => await app.close() };
}

/** A mail provider on loopback that takes any user and password. */
export interface Mail {
	port: number;
	/** The mails as they came, headers included, oldest first. */
	received: string[];
	stop(): Promise<void>;
}

export async function startMail(): Promise<Mail> {
	const received: string[] = [];
	const server = new SMTPServer({
		disabledCommands: ['STARTTLS'],
		onAuth: (auth, _session, done) => done(null, { user: auth.username ?? '' }),
		onData(stream, _session, done) {
			const chunks: Buffer[] = [];
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => {
				received.push(Buffer.concat(chunks).toString('utf8'));
				done();
			});
		},
	});
	const port = await listenOnFreePort(server.server);
	const stop = async () => await new Promise<void>((closed) => server.close(() => closed()));
	return { port, received, stop };
}

/** Stands between the n8n node and n8n's own API, and refuses what a test wants refused. */
export interface Gateway {
	url: string;
	/** Answers the next requests for this path with an error. */
	refuse(path: string, times: number): void;
	stop(): Promise<void>;
}

export async function startGateway(n8nUrl: string): Promise<Gateway> {
	const left = new Map<string, number>();
	const app = fastify({ forceCloseConnections: true });
	// The n8n node says JSON where it sends nothing; fastify's own parser refuses that.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
	app.all('/*', async ({ method, url, headers, body }, reply) => {
		const refusals = left.get(url) ?? 0;
		if (refusals > 0) {
			left.set(url, refusals - 1);
			return await reply.code(503).send({ message: 'n8n is starting up' });
		}
		const answer = await fetch(n8nUrl + url, {
			method,
			headers: {
				'content-type': 'application/json',
				'x-n8n-api-key': String(headers['x-n8n-api-key']),
			},
			...(method !== 'GET' && { body: String(body || '{}') }),
		});
		return await reply
			.code(answer.status)
			.type('application/json')
			.send(await answer.text());
	});
	const url = await app.listen({ host: '127.0.0.1', port: 0 });
	return {
		url,
		refuse: (path, times) => left.set(path, times),
		stop: async () => await app.close(),
	};
}
