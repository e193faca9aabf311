import fastify from 'fastify';
import { SMTPServer } from 'smtp-server';

import { listenOnFreePort } from './listen';

/** A chat's incoming webhook on loopback. */
export interface Chat {
	url: string;
	/** The texts posted to it, oldest first. */
	messages: string[];
	/** Answers the next posts with an error. */
	refuse(times: number): void;
	stop(): Promise<void>;
}

export async function startChat(): Promise<Chat> {
	const messages: string[] = [];
	let refusals = 0;
	const app = fastify({ forceCloseConnections: true });
	app.post<{ Body: { text: string } }>('/hook', async ({ body }, reply) => {
		if (refusals > 0) {
			refusals -= 1;
			return await reply.code(503).send('down');
		}
		messages.push(body.text);
		return 'ok';
	});
	const url = await app.listen({ host: '127.0.0.1', port: 0 });
	return {
		url: `${url}/hook`,
		messages,
		refuse: (times) => {
			refusals = times;
		},
		stop: async () => await app.close(),
	};
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
