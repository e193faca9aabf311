import { setTimeout as sleep } from 'node:timers/promises';

import type { PostResult } from './simulator';

const RETRY_DELAY_MS = 500;
const MAX_WAIT_MS = 60_000;

/**
 * Sends again, as KLIQ does later, while n8n answers 503. On a busy machine n8n 1.x answers so, “Database
 * is not ready!”, before it looks at the request.
 *
 * @returns the first other answer; the last 503 after a minute
 */
export async function sendWhenReady(send: () => Promise<PostResult>): Promise<PostResult> {
	const deadline = performance.now() + MAX_WAIT_MS;
	for (;;) {
		const answer = await send();
		const isReady = !('status' in answer && answer.status === 503);
		if (isReady || performance.now() > deadline) return answer;
		await sleep(RETRY_DELAY_MS);
	}
}
