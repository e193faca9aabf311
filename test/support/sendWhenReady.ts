import { setTimeout as sleep } from 'node:timers/promises';

import type { PostResult } from './simulator';

const RETRY_DELAY_MS = 500;

/**
 * Sends again, as KLIQ does later, while n8n answers 503. On a busy machine n8n 1.x answers so, “Database
 * is not ready!”, before it looks at the request.
 */
export async function sendWhenReady(send: () => Promise<PostResult>): Promise<PostResult> {
	for (;;) {
		const answer = await send();
		if (!('status' in answer && answer.status === 503)) return answer;
		await sleep(RETRY_DELAY_MS);
	}
}
