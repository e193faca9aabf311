import { createServer } from 'node:net';

/**
 * Below the range operating systems take outgoing ports from: n8n must get the same port again
 * after a restart, and a test's own connections must not have taken it meanwhile.
 */
const LOWEST = 20_000;
const HIGHEST = 29_999;
const ATTEMPTS = 50;

/** Handed out before: whoever got one may not listen on it yet, or not at the moment. */
const handedOut = new Set<number>();

/** @returns a port of 127.0.0.1 that nobody listens on at the moment, another one each time */
export async function freePort(): Promise<number> {
	for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
		const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
		if (handedOut.has(port)) continue;
		handedOut.add(port);
		if (await isFree(port)) return port;
	}
	throw new Error(`Found no free port between ${LOWEST} and ${HIGHEST}`);
}

async function isFree(port: number): Promise<boolean> {
	return await new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}
