import { createServer } from 'node:net';

/**
 * Below the range operating systems take outgoing ports from: n8n must get the same port again
 * after a restart, and a test's own connections must not have taken it meanwhile.
 */
const LOWEST = 20_000;
const BLOCKS = 100;
const BLOCK_SIZE = 100;

/**
 * Each process has a block of its own, as a port that it has handed out may not be listened on yet,
 * or not at the moment. Jest's workers have consecutive process ids, or nearly so.
 */
const blockStart = LOWEST + (process.pid % BLOCKS) * BLOCK_SIZE;
let next = Math.floor(Math.random() * BLOCK_SIZE);

/**
 * @returns a port of 127.0.0.1 that nothing listens on at the moment, another one each time
 * @throws Error if every port of this process's block is in use
 */
export async function freePort(): Promise<number> {
	for (let attempt = 0; attempt < BLOCK_SIZE; attempt++) {
		const port = blockStart + (next++ % BLOCK_SIZE);
		if (await isFree(port)) return port;
	}
	throw new Error(`Found no free port between ${blockStart} and ${blockStart + BLOCK_SIZE - 1}`);
}

async function isFree(port: number): Promise<boolean> {
	return await new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}
