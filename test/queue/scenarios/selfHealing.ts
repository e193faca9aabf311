import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import type { Delivery } from '../../support/simulator';
import { isSameWithoutQuery } from '../../support/subscriptionUrl';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';
import {
	type HealingCases,
	newSubscriptionOf,
	succeeded,
	useHealingCases,
} from '../support/healingCases';
import type { EventRun, QueueTestBed } from '../support/queueTestBed';

const NEW_SECRET = 'whsec_filled_in_while_published';
const EMIT_INTERVAL_MS = 500;
/** Events that are emitted before the credential changes. */
const EARLY_EVENTS = 4;
/** Events that are emitted after the new subscription has taken the old one's place. */
const LATE_EVENTS = 4;

/** The subscription looks after itself: the main heals, the processors verify. */
export function describeSelfHealing(
	getQueue: () => QueueTestBed,
	report: (line: string) => void,
): void {
	describe('looks after the subscription', () => {
		let queue: QueueTestBed;
		let cases: HealingCases;

		useHealingCases(getQueue, (...opened) => {
			[queue, cases] = opened;
		});

		/** How many failed executions tell the owner of something. */
		const reportsIn = (runs: EventRun[]) => runs.filter(({ status }) => status === 'error').length;

		it('on the main, after KLIQ has switched it off, for both processors', async () => {
			const errorWorkflow = await queue.testBed.createErrorWorkflow();
			const outage = await cases.publish({ errorWorkflow });
			const early = await cases.sendToEach(outage, outage.first.secret);
			queue.testBed.kliq.disable(outage.first.id);
			const { secret } = await waitFor(() => newSubscriptionOf(outage));
			const late = await cases.sendToEach(outage, secret);

			const runs = await queue.settledRunsOf(outage.workflow);
			expect(succeeded(runs)).toEqual([...early, ...late]);
			expect(reportsIn(runs)).toBe(1);
			expect(await queue.testBed.alarmsOf(errorWorkflow, 1)).toEqual([
				expect.stringContaining('switched the webhook subscription off'),
			]);
			expect(cases.requestsOf(outage, 'POST')).toHaveLength(2);
			const reporters = [queue.main, ...queue.processors, ...queue.workers].filter((n8n) =>
				n8n.logs().includes('is subscribed again: KLIQ had switched the webhook subscription off'),
			);
			expect(reporters).toEqual([queue.main]);
		});

		it('without a lost event while the Signing Secret of the credential changes', async () => {
			const change = await cases.publish();
			const { tenant, workflow } = change;
			// From now on the processors read the credential again in 30 s at the earliest.
			await cases.sendToEach(change, change.first.secret);

			const deliveries: Delivery[] = [];
			let emitted = 0;
			for (let late = 0; late < LATE_EVENTS; ) {
				if (emitted === EARLY_EVENTS) {
					await tenant.changeCredential({ signingSecret: NEW_SECRET });
				}
				const { deliveries: made } = queue.testBed.kliq.emit('visit.submitted', undefined, {
					id: `evt_changing${emitted++}`,
					tenantId: tenant.id,
				});
				deliveries.push(...made.filter(({ url }) => isSameWithoutQuery(url, workflow.url)));
				await sleep(EMIT_INTERVAL_MS);
				const [subscription, ...others] = tenant.subscriptionsTo(workflow);
				if (others.length === 0 && subscription.secret === NEW_SECRET) late++;
			}
			const ends = await Promise.all(deliveries.map(async ({ ended }) => await ended));

			const runs = succeeded(await queue.settledRunsOf(workflow));
			const timesRun = (id: string) => runs.filter((each) => each === id).length;
			const ids = Array.from({ length: emitted }, (_, index) => `evt_changing${index}`);
			const refused = deliveries.filter(({ attempts }) => attempts.length > 1);
			const twice = ids.filter((id) => timesRun(id) > 1);
			report(
				`${N8N_VERSION}, Signing Secret changed: of ${emitted} events ${refused.length} were refused at first, ${twice.length} run twice`,
			);
			expect(ids.filter((id) => timesRun(id) === 0)).toEqual([]);
			expect(ends.filter((end) => end === 'failed')).toEqual([]);
			// KLIQ's first retry is accepted.
			expect(Math.max(...deliveries.map(({ attempts }) => attempts.length))).toBeLessThanOrEqual(2);
			expect(newSubscriptionOf(change).secret).toBe(NEW_SECRET);
			await cases.sendToEach(change, NEW_SECRET);
		});
	});
}
