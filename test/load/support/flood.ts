import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { inParallel } from '../../support/parallel';

const SLOW = 100;
const DRIP_MS = 200;
const HURLED = 600;
const AT_ONCE = 10;
/** Long enough for a busy n8n to answer; a socket that says nothing for longer never will. */
const SILENT_MS = 60_000;
const SIGNATURE = '0'.repeat(64);

/** Forgeries in turn: headers just under and well over what Node takes (16 KiB), a body of 1 MiB. */
const HURLED_KINDS = [
	{ signature: '0'.repeat(15 * 1024), body: '{}' },
	{ signature: '0'.repeat(64 * 1024), body: '{}' },
	{ signature: SIGNATURE, body: JSON.stringify({ type: 'x'.repeat(1024 * 1024) }) },
];

/**
 * Requests that nobody signed, to an address on loopback: 100 connections whose bodies arrive a
 * byte at a time for as long as the flood lasts, and 600 requests, ten at a time, with huge headers
 * or bodies.
 */
export class Flood {
	/** Hurled requests by the status of their answer; `none`: the connection was closed without one. */
	readonly answers: Record<string, number> = {};
	/** Resolves when every hurled request has come to its end. */
	hurled: Promise<unknown> = Promise.resolve();
	private readonly slow: Socket[] = [];

	private constructor(private readonly url: URL) {}

	/** @returns when all slow requests are open and the first others under way */
	static async begin(url: string): Promise<Flood> {
		const flood = new Flood(new URL(url));
		for (let count = 0; count < SLOW; count++) await flood.drip();
		const kinds = Array.from({ length: HURLED }, (_, n) => HURLED_KINDS[n % HURLED_KINDS.length]);
		flood.hurled = inParallel(kinds, AT_ONCE, async (kind) => await flood.hurl(kind));
		return flood;
	}

	/** Slow requests that are still open, their bodies arriving. */
	get stillOpen(): number {
		return this.slow.filter(({ destroyed }) => !destroyed).length;
	}

	/** Closes every connection, once the hurled requests have come to their end. */
	async end(): Promise<void> {
		await this.hurled;
		for (const socket of this.slow) socket.destroy();
	}

	private async drip(): Promise<void> {
		const socket = await this.open();
		this.slow.push(socket);
		socket.resume();
		socket.write(this.head(1_000_000, SIGNATURE));
		const timer = setInterval(() => socket.write('{'), DRIP_MS);
		socket.once('close', () => clearInterval(timer));
	}

	private async hurl({ signature, body }: (typeof HURLED_KINDS)[number]): Promise<void> {
		const socket = await this.open();
		socket.setTimeout(SILENT_MS, () => socket.destroy());
		let answer = '';
		socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
		socket.write(this.head(body.length, signature) + body);
		await closed(socket);
		const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
		this.answers[status] = (this.answers[status] ?? 0) + 1;
	}

	private async open(): Promise<Socket> {
		const socket = connect(Number(this.url.port), this.url.hostname);
		socket.on('error', () => {}); // it closes, which is what counts
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

/** Unlike `once()` this does not fail where the connection breaks. */
async function closed(socket: Socket): Promise<void> {
	if (socket.closed) return;
	await new Promise<void>((resolve) => void socket.once('close', () => resolve()));
}
