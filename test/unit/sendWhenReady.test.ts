import { describe, expect, it } from '@jest/globals';

import { sendWhenReady } from '../support/sendWhenReady';
import type { PostResult } from '../support/simulator';

const NOT_READY = { status: 503, body: '{"code":503,"message":"Database is not ready!"}' };

/** Sends to a receiver that gives these answers in turn. */
async function sendTo(answers: PostResult[]) {
	const left = [...answers];
	const answer = await sendWhenReady(async () => left.shift()!);
	return { answer, unsent: left.length };
}

describe('sendWhenReady', () => {
	it('sends again after 503', async () => {
		const accepted = { status: 200, body: '' };
		expect(await sendTo([NOT_READY, NOT_READY, accepted])).toEqual({ answer: accepted, unsent: 0 });
	});

	it.each<PostResult>([
		{ status: 200, body: '' },
		{ status: 401, body: '' },
		{ status: 500, body: '' },
		{ error: 'timeout' },
	])('leaves it at %j', async (first) => {
		expect(await sendTo([first, NOT_READY])).toEqual({ answer: first, unsent: 1 });
	});
});
