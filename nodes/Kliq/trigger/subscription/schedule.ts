import {
	sleep,
	type CronExpression,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';

import { beginWatch, endWatch } from '../memory';
import { CHECK_INTERVAL_MS, FIRST_CHECKS_INTERVAL_MS } from './checkInterval';
import { reconcile } from './reconciler';

/** The first check comes after so many milliseconds at the latest. */
const MAX_FIRST_DELAY_MS = CHECK_INTERVAL_MS / 20;

/**
 * Starts the health checks of a published trigger: one soon, more every minute until one is settled,
 * then one in each interval. The times are random, so that neither the triggers of one n8n nor two n8n
 * with the same trigger check in step.
 *
 * n8n calls `trigger()` on the leading main only, at publishing and at each start, and runs the cron
 * there only.
 */
export function startHealthChecks(context: ITriggerFunctions): ITriggerResponse {
	if (context.getMode() === 'manual') return {};
	const watch = beginWatch(context);
	context.helpers.registerCron(
		{ expression: cronExpression(Math.random()) },
		() => void (watch.signal.aborted || reconcile(context)),
	);
	void firstChecks(context, watch.signal);
	return { closeFunction: async () => endWatch(context, watch) };
}

async function firstChecks(context: ITriggerFunctions, signal: AbortSignal): Promise<void> {
	let delay = MAX_FIRST_DELAY_MS * (0.2 + 0.8 * Math.random());
	for (;;) {
		await sleep(delay);
		if (signal.aborted || (await reconcile(context))) return;
		delay = FIRST_CHECKS_INTERVAL_MS;
	}
}

/**
 * A cron expression for one tick in each interval. n8n's type lacks ranges, which its cron library has.
 *
 * @param phase when in the interval, from 0 to 1
 */
function cronExpression(phase: number): CronExpression {
	const seconds = CHECK_INTERVAL_MS / 1_000;
	const offset = Math.floor(phase * seconds);
	const expression =
		seconds < 60
			? `*/${seconds} * * * * *`
			: `${offset % 60} ${Math.floor(offset / 60)}-59/${seconds / 60} * * * *`;
	return expression as CronExpression;
}
