import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { inParallel } from '../../support/parallel';

const SLOW_REQUESTS = 100;
/** Between two bytes of a slow request's body. */
const BYTE_INTERVAL_MS = 200;
const BURST_REQUESTS = 600;
const BURST_CONNECTIONS = 10;
/** Long enough for a busy n8n to respond; a socket that is silent for longer never will. */
const SOCKET_TIMEOUT_MS = 60_000;
const WRONG_SIGNATURE = '0'.repeat(64);

/** In turn: headers just below and well above Node's limit of 16 KiB, a body of 1 MiB. */
const OVERSIZED = [
	{ signature: '0'.repeat(15 * 1024), body: '{}' },
	{ signature: '0'.repeat(64 * 1024), body: '{}' },
	{ signature: WRONG_SIGNATURE, body: JSON.stringify({ type: 'x'.repeat(1024 * 1024) }) },
];

/**
 * A flood of requests with wrong signatures: 100 slow ones, whose bodies arrive a byte at a time for
 * as long as the flood lasts, and a burst of 600 with oversized headers or bodies, ten at a time.
 */
export class Flood {
	/** Requests of the burst by status; `none`: the connection was closed without a response. */
	readonly answers: Record<string, number> = {};
	/** Resolves when every request of the burst has ended. */
	burst: Promise<unknown> = Promise.resolve();
	private readonly slow: Socket[] = [];

	private constructor(private readonly url: URL) {}

	/** @returns when all slow requests are open and the burst has begun */
	static async begin(url: string): Promise<Flood> {
		const flood = new Flood(new URL(url));
		for (let count = 0; count < SLOW_REQUESTS; count++) await flood.startSlow();
		const requests = Array.from(
			{ length: BURST_REQUESTS },
			(_, index) => OVERSIZED[index % OVERSIZED.length],
		);
		flood.burst = inParallel(
			requests,
			BURST_CONNECTIONS,
			async (request) => await flood.sendOversized(request),
		);
		return flood;
	}

	/** How many slow requests are still open. */
	get stillOpen(): number {
		return this.slow.filter(({ destroyed }) => !destroyed).length;
	}

	/** Closes every connection, once the burst has ended. */
	async end(): Promise<void> {
		await this.burst;
		for (const socket of this.slow) socket.destroy();
	}

	private async startSlow(): Promise<void> {
		const socket = await this.open();
		this.slow.push(socket);
		socket.resume();
		socket.write(this.head(1_000_000, WRONG_SIGNATURE));
		const timer = setInterval(() => socket.write('{'), BYTE_INTERVAL_MS);
		socket.once('close', () => clearInterval(timer));
	}

	private async sendOversized({ signature, body }: (typeof OVERSIZED)[number]): Promise<void> {
		const socket = await this.open();
		socket.setTimeout(SOCKET_TIMEOUT_MS, () => socket.destroy());
		let answer = '';
		socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
		socket.write(this.head(body.length, signature) + body);
		await closed(socket);
		const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
		this.answers[status] = (this.answers[status] ?? 0) + 1;
	}

	private async open(): Promise<Socket> {
		const socket = connect(Number(this.url.port), this.url.hostname);
		socket.on('error', () => {}); // the `close` that follows is what counts
		await Promise.race([once(socket, 'connect').catch(() => {}), closed(socket)]);
		return socket;
	}

	private head(length: number, signature: string): string {
		return [
			`POST ${this.url.pathname} HTTP/1.1`,
			`Host: ${this.url.host}`,
			'Connection: close',
			'Content-Type: application/json',
			`Content-Length: ${length}`,
			`X-Kliq-Signature: ${signature}`,
			'\r\n',
		].join('\r\n');
	}
}

/** Unlike `once()` this does not reject where the connection breaks. */
async function closed(socket: Socket): Promise<void> {
	if (socket.closed) return;
	await new Promise<void>((resolve) => void socket.once('close', () => resolve()));
}
