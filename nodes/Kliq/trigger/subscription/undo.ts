import { sleep, type IHookFunctions, type ITriggerFunctions } from 'n8n-workflow';

import { listSubscriptions } from '../../subscriptions/api';
import type { KliqClient } from '../../transport/client';
import { monotonicNow } from '../../utils/monotonicClock';
import { isWanted } from '../memory';
import { applyPlan } from './apply';
import { MAX_LIST_LAG_MS } from './checkInterval';
import { explainLeftBehind } from './explanations';
import { planSubscription } from './plan';
import type { Publication } from './publication';
import { logLine } from './report';

const MAX_UNDO_MS = 60_000;

/**
 * Deletes what a POST of an ended publication may have made, as soon as lists show it. Leaves it to the
 * next publication, if there is one. Never throws.
 *
 * Assumption: KLIQ-SUB-LAG.
 */
export async function undoUncertain(
	context: IHookFunctions | ITriggerFunctions,
	kliq: KliqClient,
	publication: Publication,
): Promise<void> {
	const { webhookUrl } = publication;
	await publication.untilIdle();
	if (publication.uncertainSince === undefined) return;
	await sleep(Math.max(0, publication.changedAt + MAX_LIST_LAG_MS - monotonicNow()));
	if (isWanted(context, webhookUrl)) return;
	try {
		const limited = kliq.withDeadline(monotonicNow() + MAX_UNDO_MS);
		const listed = await listSubscriptions(limited);
		// The list may show what has been published meanwhile.
		if (isWanted(context, webhookUrl)) return;
		const plan = planSubscription({ webhookUrl }, listed, []);
		const { error } = await applyPlan(limited, plan, { webhookUrl }, publication);
		if (error !== undefined) throw error;
	} catch (error) {
		logLine(
			context,
			`was stopped while it subscribed. ${explainLeftBehind(webhookUrl, [], error as Error)}`,
		);
	}
}
