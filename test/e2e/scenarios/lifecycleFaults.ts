import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../../support/isolatedTenant';
import { isN8nV1 } from '../../support/n8n';
import { runCases } from '../../support/parallel';
import type { Fault } from '../../support/simulator';
import type { OpenTestBed, TestBed, TriggeredWorkflow } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';

/** More often than one call to KLIQ is tried, and as often as n8n 2.x tries to publish. */
const FIVE_TIMES = 5;

const FAULTS: Array<[name: string, fault: Omit<Fault, 'method'>]> = [
	['500', { status: 500 }],
	['429', { status: 429, headers: { 'Retry-After': '1' } }],
	['cut before the work', { cut: 'before' }],
	['cut after the work, the answer lost', { cut: 'after' }],
];

/** Every fault, once and five times, of requests with one method. */
const faultsOf = (method: 'GET' | 'POST' | 'DELETE') =>
	FAULTS.flatMap(([name, fault]) =>
		[1, FIVE_TIMES].map((times) => ({
			name: `${method}: ${name}, ${times} times`,
			fault: { ...fault, method, times },
		})),
	);

export function describeLifecycleFaults(openTestBed: OpenTestBed): void {
	describe(`KLIQ Trigger and faults of KLIQ in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;

		beforeAll(async () => {
			testBed = await openTestBed();
		});

		afterEach(async () => {
			await testBed?.reset();
		});

		afterAll(async () => {
			await testBed?.close();
		});

		/**
		 * How often a person has to publish at most. n8n 1.x calls the trigger once for each time, 2.x up to
		 * five times, and each call sends a POST once at least. Once subscribed, what cannot be deleted is
		 * left to the health check.
		 */
		function mostPublishesThrough({ method, times = 1 }: Fault): number {
			if (method !== 'POST') return 1;
			// Calls that follow each other share their time, so on a busy machine one may run out of it.
			return isN8nV1(N8N_VERSION) ? times + 2 : 1 + Math.ceil((times + 1) / FIVE_TIMES);
		}

		/** Publishes and unpublishes during the fault, with a leftover subscription for DELETE. */
		async function publishThrough(fault: Omit<Fault, 'path'>): Promise<void> {
			const tenant = await IsolatedTenant.on(testBed);
			const workflow = await tenant.createTriggered();
			tenant.leaveBehind(workflow, 1);
			tenant.plan(fault);
			const publishes = await testBed.publishWithRetries(workflow.id);
			expect(publishes).toBeLessThanOrEqual(mostPublishesThrough(fault));
			await tenant.expectHealthy(workflow);
			await testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
		}

		it.each(['POST', 'GET', 'DELETE'] as const)(
			'publishes in the end when %s fails once or five times, in whatever way',
			async (method) => {
				await runCases(faultsOf(method), async ({ fault }) => await publishThrough(fault));
			},
		);

		it('unpublishes when GET or DELETE fails, and reports what is left where it fails finally', async () => {
			const missing = { name: 'DELETE: 404', fault: { method: 'DELETE', status: 404, times: 1 } };
			const faults = [...faultsOf('GET'), ...faultsOf('DELETE'), missing];
			await runCases(faults, async ({ fault }) => await unpublishThrough(fault));
		});

		async function unpublishThrough(fault: Omit<Fault, 'path'>): Promise<void> {
			const tenant = await IsolatedTenant.on(testBed);
			const workflow = await tenant.publishTriggered();
			const { id } = tenant.subscriptionOf(workflow);
			tenant.plan(fault);
			await testBed.unpublish(workflow.id);

			const isThere = tenant.subscriptionsTo(workflow).length > 0;
			const told = `KLIQ may still hold a webhook subscription (${id})`;
			if (fault.status === 404) {
				// KLIQ has said that it is gone.
				expect(testBed.timesLogged(told)).toBe(0);
			} else if (isThere) {
				// n8n 1.x asks once, 2.x up to three times; one call of ours has five tries.
				expect(isN8nV1(N8N_VERSION) && fault.times === FIVE_TIMES).toBe(true);
				await waitFor(() => expect(testBed.n8n.logs()).toContain(`${told} to ${workflow.url}`));
			}
			if (isThere) {
				await testBed.publish(workflow.id);
				await tenant.expectHealthy(workflow);
				await testBed.unpublish(workflow.id);
			}
			await tenant.expectNothingLeft(workflow);
		}

		describe('finds its own', () => {
			const publishAmid = async (tenant: IsolatedTenant, leftovers: number) => {
				const workflow = await tenant.createTriggered();
				tenant.leaveBehind(workflow, leftovers);
				await testBed.publish(workflow.id);
				await tenant.expectHealthy(workflow);
				return workflow;
			};
			const unpublishAmid = async (tenant: IsolatedTenant, workflow: TriggeredWorkflow) => {
				tenant.leaveBehind(workflow, 2);
				await testBed.unpublish(workflow.id);
				await tenant.expectNothingLeft(workflow);
			};

			it.each([1, 20])('among %i leftover subscriptions with its URL', async (leftovers) => {
				const tenant = await IsolatedTenant.on(testBed);
				await unpublishAmid(tenant, await publishAmid(tenant, leftovers));
			});

			it('on the last page, behind 1,000 of other systems', async () => {
				const tenant = await IsolatedTenant.on(testBed, { others: 1_000 });
				await unpublishAmid(tenant, await publishAmid(tenant, 1));
			});

			it('in a list that comes as a bare array', async () => {
				testBed.kliq.settings.listShape = 'array';
				const tenant = await IsolatedTenant.on(testBed, { others: 150 });
				await unpublishAmid(tenant, await publishAmid(tenant, 2));
			});

			it('on a page whose cursor KLIQ repeats for ever', async () => {
				testBed.kliq.faults.cursorRepeats = true;
				const tenant = await IsolatedTenant.on(testBed);
				await unpublishAmid(tenant, await publishAmid(tenant, 2));
			});
		});
	});
}
