import http from 'node:http';
import https from 'node:https';

import type { SimulatorClock } from '../clock';

/** What came back for one POST: an answer, or the reason why there is none. */
export type PostResult = { status: number; body: string } | { error: string };

export interface Post {
	url: string;
	body: Buffer;
	/** Name and value pairs, sent in this order and spelling, repeated names included. */
	headers: Array<[name: string, value: string]>;
	timeoutMs: number;
	/** Breaks the connection off. */
	signal?: AbortSignal;
}

/**
 * Sends one POST on a connection of its own and waits for the whole answer. Never throws, follows
 * no redirect. The time limit is measured by `clock`.
 */
export async function post(
	{ url, body, headers, timeoutMs, signal }: Post,
	clock: SimulatorClock,
): Promise<PostResult> {
	return await new Promise((resolve) => {
		let request: http.ClientRequest | undefined;
		const timer = clock.setTimeout(() => end({ error: 'timeout' }), timeoutMs);
		const abort = () => end({ error: 'stopped' });
		const end = (result: PostResult) => {
			clock.clearTimeout(timer);
			signal?.removeEventListener('abort', abort);
			request?.destroy();
			resolve(result);
		};
		if (signal?.aborted) return abort();
		signal?.addEventListener('abort', abort);

		try {
			const target = new URL(url);
			const { request: open } = target.protocol === 'https:' ? https : http;
			request = open(target, {
				method: 'POST',
				agent: false,
				// A flat list is the one form in which Node keeps spelling and repetition.
				headers: [['Host', target.host], ...headers].flat(),
			});
			request.on('error', (error) => end({ error: error.message || error.name }));
			request.on('response', (response) => {
				const chunks: Buffer[] = [];
				response.on('data', (chunk: Buffer) => chunks.push(chunk));
				response.on('error', (error) => end({ error: error.message }));
				response.on('end', () =>
					end({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
				);
			});
			request.end(body);
		} catch (error) {
			end({ error: (error as Error).message });
		}
	});
}
