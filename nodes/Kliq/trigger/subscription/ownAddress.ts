import type { ITriggerFunctions } from 'n8n-workflow';

import type { NewSubscription } from '../../types';
import { monotonicNow } from '../../utils/monotonicClock';
import { toSingleLine } from '../../utils/text';
import { readableUrl } from '../../utils/url';
import { memoryOf } from '../memory';
import { ADDRESS_CHECK_INTERVAL_MS } from './checkInterval';
import { explainOwnAddress } from './explanations';
import { isFromTrigger, probe } from './probe';
import { ADDRESS_TOPIC, type Publication } from './publication';
import { logOnce, tellOwner } from './report';

/**
 * Asks n8n's own public address, as KLIQ uses it, whether it leads to this trigger: after publishing, after
 * each start, and then every hour. If something else answers twice in a row, the owner is told once, unless
 * an event has been verified since the start. No answer proves nothing: many networks do not let a machine
 * call itself by its public name.
 */
export async function checkOwnAddress(
	context: ITriggerFunctions,
	publication: Publication,
	{ url, secret }: NewSubscription,
): Promise<void> {
	const { webhookUrl, addressAskedAt } = publication;
	if (monotonicNow() - addressAskedAt < ADDRESS_CHECK_INTERVAL_MS) return;
	const result = await probe(context, url, secret);
	if (publication.signal.aborted) return;
	const { hasReceived } = memoryOf(context);
	const wasInDoubt = publication.isAddressInDoubt;
	const isOther = result.from !== 'nobody' && !isFromTrigger(result, webhookUrl);
	// It may be passing: n8n or a proxy starts, or a webhook processor reads a changed credential.
	publication.isAddressInDoubt = isOther && !wasInDoubt && !hasReceived;
	if (publication.isAddressInDoubt) return;
	publication.addressAskedAt = monotonicNow();
	const address = readableUrl(webhookUrl);
	if (result.from === 'nobody') {
		const text = `got no answer from its own address ${address}: ${toSingleLine(result.reason)}. Many networks do not let a machine call itself by its public name, so this proves nothing`;
		return logOnce(context, publication, `${ADDRESS_TOPIC}: nobody`, text);
	}
	if (!isOther) return publication.addressLeadsHere();
	if (hasReceived) return;
	tellOwner(context, publication, ADDRESS_TOPIC, explainOwnAddress(address, result));
}
