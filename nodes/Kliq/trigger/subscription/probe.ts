import type { IN8nHttpFullResponse, ITriggerFunctions } from 'n8n-workflow';

import { withTimeout } from '../../transport/retry/timeout';
import { asObject } from '../../utils/object';
import { hmacOf } from '../delivery/signature';

/** Type of a probe, beside KLIQ's event types. */
export const PROBE_TYPE = 'n8n-nodes-kliq.probe';

const PROBE_TIMEOUT_MS = 5_000;

/** What a trigger answers to a probe. */
export const probeAnswer = (webhookUrl: string | undefined) => ({ webhookUrl });

/**
 * Asks an address which trigger it leads to, by a request that is signed as KLIQ's are. It starts
 * nothing there. Never throws.
 *
 * @param secret the trigger's own signing secret
 * @returns the webhook URL that the trigger there has; undefined for any other answer, and for none
 */
export async function probe(
	context: ITriggerFunctions,
	url: string,
	secret: string,
): Promise<string | undefined> {
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
		if (answer.statusCode !== 200) return undefined;
		const { webhookUrl } = asObject(answer.body);
		return typeof webhookUrl === 'string' ? webhookUrl : undefined;
	} catch {
		return undefined;
	}
}
