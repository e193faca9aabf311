import type { ITriggerFunctions } from 'n8n-workflow';

import { isActive } from '../../subscriptions/compare';
import type { KliqClient } from '../../transport/client';
import { idOf } from '../../transport/entity';
import type { NewSubscription, Subscription } from '../../types';
import { readableUrl } from '../../utils/url';
import { memoryOf } from '../memory';
import { applyPlan } from './apply';
import { explainElsewhere } from './explanations';
import type { Desired } from './plan';
import { isFromTrigger, probe } from './probe';
import { DELETION_TOPIC, type Publication } from './publication';
import { logLine, reportFailure, tellOwner } from './report';

/**
 * Deletes a subscription of the same trigger at another address only on evidence that no other n8n lives
 * by it: KLIQ has switched it off, or that address leads to this very trigger. Otherwise n8n may have
 * moved, or be a copy of a database whose original lives: the subscription stays, and the owner is told
 * once where it is.
 */
export async function clearElsewhere(
	context: ITriggerFunctions,
	kliq: KliqClient,
	desired: Desired & { subscription: NewSubscription },
	publication: Publication,
	elsewhere: Subscription[],
): Promise<void> {
	for (const each of elsewhere) {
		const id = idOf(each);
		const url =
			typeof each.url === 'string'
				? each.url
				: publication.remembered.find((remembered) => remembered.id === id)?.url;
		if (id === '' || url === undefined) continue;
		const address = readableUrl(url);
		const { webhookUrl, signal } = publication;
		const isOver =
			!isActive(each) ||
			isFromTrigger(await probe(context, url, desired.subscription.secret, signal), webhookUrl);
		if (signal.aborted) return;
		if (!isOver) {
			tellOnce(context, publication, address);
			continue;
		}
		const { error } = await applyPlan(kliq, { remove: [id] }, desired, publication);
		if (error !== undefined) {
			reportFailure(context, publication, error, DELETION_TOPIC);
			continue;
		}
		logLine(context, `has deleted its webhook subscription for n8n’s earlier address ${address}`);
	}
}

/** Once in a process, also where the workflow is published again, or that subscription made anew. */
function tellOnce(context: ITriggerFunctions, publication: Publication, address: string): void {
	const { toldAddresses } = memoryOf(context);
	if (toldAddresses.has(address)) return;
	toldAddresses.add(address);
	tellOwner(context, publication, `elsewhere: ${address}`, explainElsewhere(address));
}
