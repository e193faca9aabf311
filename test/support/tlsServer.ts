import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

import { listenOnFreePort } from './listen';

const pem = (name: string) => readFileSync(join(__dirname, 'certificate', name));

/** An HTTPS server on loopback with a certificate that no client trusts. */
export async function startUntrustedServer(): Promise<{ host: string; stop: () => void }> {
	const server = createServer({ key: pem('key.pem'), cert: pem('cert.pem') });
	const port = await listenOnFreePort(server);
	return { host: `localhost:${port}`, stop: () => server.close() };
}
