import { describe, expect, it } from '@jest/globals';

import type { StoredSubscription } from '../../support/simulator';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';
import {
	type HealingCase,
	type HealingCases,
	newSubscriptionOf,
	succeeded,
	useHealingCases,
} from '../support/healingCases';
import type { QueueTestBed } from '../support/queueTestBed';

/** How long KLIQ takes to answer the request in which the main is killed. */
const SLOW_ANSWER_MS = 8_000;

/** The main is killed while it puts a subscription right. */
export function describeHealingCrash(
	getQueue: () => QueueTestBed,
	report: (line: string) => void,
): void {
	describe('looks after the subscription', () => {
		let queue: QueueTestBed;
		let cases: HealingCases;

		useHealingCases(getQueue, (...opened) => {
			[queue, cases] = opened;
		});

		it('to exactly one, when the main is killed with -9 in the middle of healing', async () => {
			const creating = await cases.publish();
			const deleting = await cases.publish();
			const interrupted: Array<[HealingCase, method: string, count: number]> = [
				[creating, 'POST', 2],
				[deleting, 'DELETE', 1],
			];
			for (const [{ tenant }, method] of interrupted) {
				tenant.plan({ method, delayMs: SLOW_ANSWER_MS });
			}
			for (const { first } of cases.all) queue.testBed.kliq.disable(first.id);
			await waitFor(() => {
				for (const [each, method, count] of interrupted) {
					expect(cases.requestsOf(each, method)).toHaveLength(count);
				}
			});
			await queue.main.kill();
			expect(cases.requestsOf(deleting, 'DELETE')[0].status).toBeUndefined();

			// KLIQ does what it was asked to, and the processors need no main to verify.
			const events = new Map<HealingCase, string[]>();
			for (const each of cases.all) {
				const active = await waitFor(() => activeSubscriptionOf(each));
				events.set(each, await cases.sendToEach(each, active.secret));
			}
			await waitFor(() => newSubscriptionOf(deleting));

			// As a service manager would.
			await queue.main.start();
			for (const each of cases.all) {
				const healed = await waitFor(() => newSubscriptionOf(each));
				await each.tenant.nextCheck();
				const settled = newSubscriptionOf(each);
				report(
					`${N8N_VERSION}, main killed in a heal: healed by ${healed.id}, in the end ${settled.id}; ${cases.requestsOf(each, 'POST').length} created`,
				);
				events.get(each)!.push(...(await cases.sendToEach(each, settled.secret)));
				const runs = await queue.settledRunsOf(each.workflow);
				expect(succeeded(runs)).toEqual(events.get(each)!.sort());
			}
		});

		function activeSubscriptionOf({ tenant, workflow }: HealingCase): StoredSubscription {
			const active = tenant.subscriptionsTo(workflow).filter(({ live }) => live);
			expect(active).toHaveLength(1);
			return active[0];
		}
	});
}
