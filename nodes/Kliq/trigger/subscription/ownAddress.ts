import type { ITriggerFunctions } from 'n8n-workflow';

import type { NewSubscription } from '../../types';
import { monotonicNow } from '../../utils/monotonicClock';
import { toSingleLine } from '../../utils/text';
import { isPrivateUrl, readableUrl } from '../../utils/url';
import { memoryOf } from '../memory';
import { ADDRESS_CHECK_INTERVAL_MS } from './checkInterval';
import { explainOwnAddress } from './explanations';
import { isFromTrigger, probe, type ProbeResult } from './probe';
import { ADDRESS_TOPIC, type Publication } from './publication';
import { logOnce, tellOwner } from './report';
import { isSameTriggerElsewhere } from './subscriptionUrl';

/**
 * Asks n8n's own public address, as KLIQ uses it, whether it leads to this trigger: after publishing, after
 * each start, and then every hour. If something else answers twice in a row, the owner is told once, unless
 * events arrive all the same. No answer proves nothing: many networks do not let a machine call itself by
 * its public name.
 */
export async function checkOwnAddress(
	context: ITriggerFunctions,
	publication: Publication,
	{ url, secret }: NewSubscription,
): Promise<void> {
	if (monotonicNow() - publication.addressAskedAt < ADDRESS_CHECK_INTERVAL_MS) return;
	const result = await probe(context, url, secret, publication.signal);
	if (publication.signal.aborted) return;

	const address = readableUrl(publication.webhookUrl);
	const { otherAnswerAt } = publication;
	const isOther = result.from !== 'none' && !leadsHere(result, publication.webhookUrl);
	if (isOther && otherAnswerAt === undefined) {
		// It may be passing: n8n or a proxy starts, or a webhook processor reads a changed credential.
		publication.otherAnswerAt = monotonicNow();
		return;
	}
	publication.otherAnswerAt = undefined;
	publication.addressAskedAt = monotonicNow();

	if (result.from === 'none') {
		const text = `got no answer from its own address ${address}: ${toSingleLine(result.reason)}. Many networks do not let a machine call itself by its public name, so this proves nothing`;
		return logOnce(context, publication, `${ADDRESS_TOPIC}: no answer`, text);
	}
	if (!isOther) return publication.addressLeadsHere();
	// Where it has never led here, n8n's machine may get there another way than KLIQ.
	const since = publication.hasLedHere ? otherAnswerAt! : -Infinity;
	if (memoryOf(context).receivedAt > since) return;
	const kind = result.from === 'other' ? result.status : 'another n8n';
	tellOwner(context, publication, `${ADDRESS_TOPIC}: ${kind}`, explainOwnAddress(address, result));
}

/**
 * Whether this trigger has answered. In queue mode another process does, which names its own address: it
 * need not know the public one (n8n, Queue mode: WEBHOOK_URL is set on the main).
 */
function leadsHere(result: ProbeResult, webhookUrl: string): boolean {
	if (result.from !== 'trigger') return false;
	if (isFromTrigger(result, webhookUrl)) return true;
	if (!isSameTriggerElsewhere(result.webhookUrl, webhookUrl)) return false;
	const isSameHost = new URL(result.webhookUrl).hostname === new URL(webhookUrl).hostname;
	return isSameHost || isPrivateUrl(result.webhookUrl);
}
