import type { IN8nHttpFullResponse, ITriggerFunctions } from 'n8n-workflow';

import { withTimeout } from '../../transport/retry/timeout';
import { asObject } from '../../utils/object';
import { hmacOf } from '../delivery/signature';

/** Type of a probe, beside KLIQ's event types. */
export const PROBE_TYPE = 'n8n-nodes-kliq.probe';

const PROBE_TIMEOUT_MS = 5_000;

const PROXY_AUTHENTICATION_REQUIRED = 407;

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
	| { from: 'nobody'; reason: string };

/**
 * Asks an address which trigger it leads to, by a request that is signed as KLIQ's are. It starts
 * nothing there. Never throws.
 *
 * @param secret the trigger's own signing secret
 */
export async function probe(
	context: ITriggerFunctions,
	url: string,
	secret: string,
): Promise<ProbeResult> {
	const body = JSON.stringify({ type: PROBE_TYPE, timestamp: new Date().toISOString() });
	const signature = hmacOf(Buffer.from(body), secret).toString('hex');
	try {
		const answer = await withTimeout(
			PROBE_TIMEOUT_MS,
			async (abortSignal) =>
				(await context.helpers.httpRequest({
					method: 'POST',
					url,
					headers: { 'content-type': 'application/json', 'x-kliq-signature': signature },
					body,
					timeout: PROBE_TIMEOUT_MS,
					abortSignal,
					returnFullResponse: true,
					ignoreHttpStatusErrors: true,
					disableFollowRedirect: true,
				})) as IN8nHttpFullResponse,
		);
		return read(answer);
	} catch (error) {
		return { from: 'nobody', reason: (error as Error).message };
	}
}

function read({ statusCode: status, headers, body }: IN8nHttpFullResponse): ProbeResult {
	// Never the address itself (RFC 9110, 15.5.8).
	if (status === PROXY_AUTHENTICATION_REQUIRED) {
		return { from: 'nobody', reason: 'the proxy that n8n uses asks for a login (HTTP 407)' };
	}
	const { webhookUrl, error } = asObject(body);
	if (status === 200 && typeof webhookUrl === 'string') return { from: 'trigger', webhookUrl };
	const { location } = asObject(headers);
	return {
		from: 'other',
		status,
		location: typeof location === 'string' ? location : undefined,
		isPage: typeof body === 'string' && body.trimStart().startsWith('<'),
		isTrigger: status === 401 && error === REFUSAL.error,
	};
}

/** Whether the trigger with this webhook URL has answered. */
export const isFromTrigger = (result: ProbeResult, webhookUrl: string): boolean =>
	result.from === 'trigger' && result.webhookUrl === webhookUrl;
