import {
	jsonParse,
	type IDataObject,
	type IN8nHttpFullResponse,
	type ITriggerFunctions,
} from 'n8n-workflow';

import { withTimeout } from '../../transport/retry/timeout';
import { asObject } from '../../utils/object';
import { isHttpUrl } from '../../utils/url';
import { hmacOf } from '../delivery/signature';

/** Type of a probe, beside KLIQ's event types. */
export const PROBE_TYPE = 'n8n-nodes-kliq.probe';

const PROBE_TIMEOUT_MS = 5_000;

/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 65_536;

/** Answers that are not the address's own word, or that pass (RFC 9110, 15.5.8; RFC 6585, 4). */
const NO_ANSWER: Record<number, string> = {
	407: 'the proxy that n8n uses asks for a login (HTTP 407)',
	429: 'requests are limited there (HTTP 429)',
};

/** What a trigger answers, with 401, to a request that it cannot verify. */
export const REFUSAL = { error: 'Invalid signature' };

/** What a trigger answers to a probe. */
export const probeAnswer = (webhookUrl: string | undefined) => ({ webhookUrl });

/** What came back from an address. */
export type ProbeResult =
	/** A KLIQ Trigger that has verified the probe, with this webhook URL. */
	| { from: 'trigger'; webhookUrl: string }
	/** Anything else that speaks HTTP. */
	| { from: 'other'; status: number; location?: string; isPage: boolean; isTrigger: boolean }
	/** No answer, and n8n's reason. */
	| { from: 'none'; reason: string };

/**
 * Asks an address which trigger it leads to, by a request that is signed as KLIQ's are. It starts
 * nothing there. Never throws.
 *
 * @param secret the trigger's own signing secret
 * @param signal ends the request
 */
export async function probe(
	context: ITriggerFunctions,
	url: string,
	secret: string,
	signal: AbortSignal,
): Promise<ProbeResult> {
	const body = JSON.stringify({ type: PROBE_TYPE, timestamp: new Date().toISOString() });
	const signature = hmacOf(Buffer.from(body), secret).toString('hex');
	const end = new AbortController();
	try {
		return await withTimeout(PROBE_TIMEOUT_MS, async (timeoutSignal) => {
			const answer = (await context.helpers.httpRequest({
				method: 'POST',
				url,
				headers: { 'content-type': 'application/json', 'x-kliq-signature': signature },
				body,
				encoding: 'stream',
				timeout: PROBE_TIMEOUT_MS,
				abortSignal: AbortSignal.any([timeoutSignal, signal, end.signal]),
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
				disableFollowRedirect: true,
			})) as IN8nHttpFullResponse;
			const text = await readText(answer.body as unknown as AsyncIterable<Uint8Array>);
			return interpret(url, answer, text);
		});
	} catch (error) {
		const { message } = error as Error;
		return {
			from: 'none',
			reason: message || `it took longer than ${PROBE_TIMEOUT_MS / 1_000} s`,
		};
	} finally {
		// Closes the connection where the answer was not read to its end.
		end.abort();
	}
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of body) {
		chunks.push(chunk);
		size += chunk.length;
		if (size >= MAX_ANSWER_BYTES) break;
	}
	return Buffer.concat(chunks).toString('utf8');
}

function interpret(
	url: string,
	{ statusCode: status, headers }: IN8nHttpFullResponse,
	text: string,
): ProbeResult {
	if (status in NO_ANSWER) return { from: 'none', reason: NO_ANSWER[status] };
	const { webhookUrl, error } = asObject(jsonParse<unknown>(text, { fallbackValue: null }));
	if (status === 200 && typeof webhookUrl === 'string' && isHttpUrl(webhookUrl)) {
		return { from: 'trigger', webhookUrl };
	}
	const { location } = headers as IDataObject;
	const isTarget = typeof location === 'string' && URL.canParse(location, url);
	return {
		from: 'other',
		status,
		location: isTarget ? new URL(location, url).href : undefined,
		isPage: text.trimStart().startsWith('<'),
		isTrigger: status === 401 && error === REFUSAL.error,
	};
}

/** Whether the trigger with this webhook URL has answered. */
export const isFromTrigger = (result: ProbeResult, webhookUrl: string): boolean =>
	result.from === 'trigger' && result.webhookUrl === webhookUrl;
