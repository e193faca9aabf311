import { describe } from '@jest/globals';

import { missingBinaries } from '../../support/n8n/queue/binaries';
import { N8N_VERSION } from '../../support/versionUnderTest';

const missing = missingBinaries();
const why = missing.length > 0 ? ` (not installed: ${missing.join(', ')})` : '';
if (why) {
	process.stderr.write(
		`  Queue mode cannot be tested${why}. On Debian: apt-get install redis-server postgresql\n`,
	);
}

/** `describe`, but skipped where a server that it needs is missing. In CI it then fails. */
export function describeInQueueMode(what: string, tests: () => void): void {
	const describeOrSkip = why && !process.env.CI ? describe.skip : describe;
	describeOrSkip(`n8n ${N8N_VERSION} in queue mode${what}${why}`, tests);
}
