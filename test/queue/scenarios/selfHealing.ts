import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../../support/isolatedTenant';
import { isN8nV1 } from '../../support/n8n';
import type { Delivery, StoredSubscription } from '../../support/simulator';
import type { TriggeredWorkflow } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';
import type { EventRun, QueueTestBed } from '../support/queueTestBed';

const NEW_SECRET = 'whsec_filled_in_while_published';
const EMIT_INTERVAL_MS = 500;
/** Events that are emitted before the credential changes. */
const EARLY_EVENTS = 4;
/** Events that are emitted after the new subscription has taken the old one's place. */
const LATE_EVENTS = 4;

/** How long KLIQ takes to answer the request in which the main is killed. */
const SLOW_ANSWER_MS = 8_000;

/** One trigger, with a tenant of its own. */
interface Case {
	tenant: IsolatedTenant;
	workflow: TriggeredWorkflow;
	/** The subscription that publishing has made. */
	first: StoredSubscription;
}

/** The subscription looks after itself: the main heals, the processors verify. */
export function describeSelfHealing(
	getQueue: () => QueueTestBed,
	report: (line: string) => void,
): void {
	describe('looks after the subscription', () => {
		let queue: QueueTestBed;
		let cases: Case[];
		let sent: number;

		beforeEach(() => {
			queue = getQueue();
			cases = [];
			sent = 0;
		});

		afterEach(async () => {
			for (const { tenant, workflow } of cases) {
				await queue.testBed.unpublish(workflow.id);
				await tenant.expectNothingLeft(workflow);
			}
		});

		async function publishCase(): Promise<Case> {
			const tenant = await IsolatedTenant.on(queue.testBed);
			const { credentialId } = tenant;
			const workflow = await queue.publishTriggered({ credentialId });
			const published = { tenant, workflow, first: tenant.subscriptionOf(workflow) };
			cases.push(published);
			return published;
		}

		/** Throws unless exactly one subscription delivers, and it is an active one, not the first. */
		function newSubscriptionOf({ tenant, workflow, first }: Case): StoredSubscription {
			const subscription = tenant.subscriptionOf(workflow);
			expect(subscription).toMatchObject({ live: true, id: expect.not.stringMatching(first.id) });
			return subscription;
		}

		/** Sends an event to each processor. @returns the IDs, once each has been accepted */
		async function sendToEach({ workflow }: Case, secret: string): Promise<string[]> {
			const ids: string[] = [];
			for (const processor of queue.processors) {
				const id = `evt_healed${sent++}`;
				const answer = await queue.send(workflow, id, processor, secret);
				expect(answer).toMatchObject({ status: 200 });
				ids.push(id);
			}
			return ids;
		}

		const requestsOf = ({ tenant }: Case, method: string) =>
			queue.testBed.kliq.requests.filter(
				(request) => request.method === method && request.path.includes(tenant.id),
			);

		/** Waits until a health check that began after now has come to its end. */
		async function nextCheck(of: Case): Promise<void> {
			const before = requestsOf(of, 'GET').length;
			// A check asks for the list once, and never beside another one.
			await waitFor(() => expect(requestsOf(of, 'GET').length).toBeGreaterThanOrEqual(before + 2));
		}

		const succeeded = (runs: EventRun[]) =>
			runs
				.filter(({ status }) => status === 'success')
				.map(({ eventId }) => eventId)
				.sort();

		/** n8n 2.x stores a failed execution that tells the owner, n8n 1.x none. */
		const reportsIn = (runs: EventRun[]) => runs.filter(({ status }) => status === 'error').length;
		const REPORTS_OF_ONE_OUTAGE = isN8nV1(N8N_VERSION) ? 0 : 1;

		it('on the main, after KLIQ has switched it off, for both processors', async () => {
			const outage = await publishCase();
			const early = await sendToEach(outage, outage.first.secret);
			queue.testBed.kliq.disable(outage.first.id);
			const { secret } = await waitFor(() => newSubscriptionOf(outage));
			const late = await sendToEach(outage, secret);

			const runs = await queue.settledRunsOf(outage.workflow);
			expect(succeeded(runs)).toEqual([...early, ...late]);
			expect(reportsIn(runs)).toBe(REPORTS_OF_ONE_OUTAGE);
			expect(requestsOf(outage, 'POST')).toHaveLength(2);
			const reporters = [queue.main, ...queue.processors, ...queue.workers].filter((n8n) =>
				n8n.logs().includes('switched the webhook subscription off'),
			);
			expect(reporters).toEqual([queue.main]);
		});

		it('without a lost event while the Signing Secret of the credential changes', async () => {
			const change = await publishCase();
			const { tenant, workflow } = change;
			// From now on the processors read the credential again in 30 s at the earliest.
			await sendToEach(change, change.first.secret);

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
				deliveries.push(...made.filter(({ url }) => url === workflow.url));
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
			await sendToEach(change, NEW_SECRET);
		});

		it('to exactly one, when the main is killed with -9 in the middle of healing', async () => {
			const creating = await publishCase();
			const deleting = await publishCase();
			const interrupted: Array<[Case, method: string, count: number]> = [
				[creating, 'POST', 2],
				[deleting, 'DELETE', 1],
			];
			for (const [{ tenant }, method] of interrupted) {
				tenant.plan({ method, delayMs: SLOW_ANSWER_MS });
			}
			for (const { first } of cases) queue.testBed.kliq.disable(first.id);
			await waitFor(() => {
				for (const [each, method, count] of interrupted) {
					expect(requestsOf(each, method)).toHaveLength(count);
				}
			});
			await queue.main.kill();
			expect(requestsOf(deleting, 'DELETE')[0].status).toBeUndefined();

			// KLIQ does what it was asked to, and the processors need no main to verify.
			const events = new Map<Case, string[]>();
			for (const each of cases) {
				const active = await waitFor(() => activeSubscriptionOf(each));
				events.set(each, await sendToEach(each, active.secret));
			}
			await waitFor(() => newSubscriptionOf(deleting));

			// As a service manager would.
			await queue.main.start();
			for (const each of cases) {
				const healed = await waitFor(() => newSubscriptionOf(each));
				await nextCheck(each);
				const settled = newSubscriptionOf(each);
				report(
					`${N8N_VERSION}, main killed in a heal: healed by ${healed.id}, in the end ${settled.id}; ${requestsOf(each, 'POST').length} created`,
				);
				events.get(each)!.push(...(await sendToEach(each, settled.secret)));
				const runs = await queue.settledRunsOf(each.workflow);
				expect(succeeded(runs)).toEqual(events.get(each)!.sort());
			}
		});

		function activeSubscriptionOf({ tenant, workflow }: Case): StoredSubscription {
			const active = tenant.subscriptionsTo(workflow).filter(({ live }) => live);
			expect(active).toHaveLength(1);
			return active[0];
		}
	});
}
