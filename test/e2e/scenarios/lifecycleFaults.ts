import { describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../../support/isolatedTenant';
import { isN8nV1 } from '../../support/n8n';
import { runCases } from '../../support/parallel';
import type { Fault } from '../../support/simulator';
import type { OpenTestBed, TestBed } from '../../support/testBed';
import { useTestBed } from '../../support/useTestBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';
import { CHECK_INTERVAL_MS } from '../support/healing';

/** More often than one call to KLIQ is tried. */
const FIVE_TIMES = 5;

/** The next check, and time for a busy machine. Well below the hour between two replacements. */
const HEALED_MS = 4 * CHECK_INTERVAL_MS;

/** Every method, failing finally or after the work. */
const faultsOf = (...methods: Array<'GET' | 'POST' | 'DELETE'>) =>
	methods.flatMap((method) => [
		{ name: `${method}: 500, five times`, fault: { method, status: 500, times: FIVE_TIMES } },
		{ name: `${method}: the answer lost`, fault: { method, cut: 'after' as const, times: 1 } },
	]);

export function describeLifecycleFaults(openTestBed: OpenTestBed): void {
	describe(`KLIQ Trigger and faults of KLIQ in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;

		useTestBed(openTestBed, (opened) => (testBed = opened));

		/** Publishes and unpublishes during the fault, with a leftover subscription for DELETE. */
		async function publishThrough(fault: Omit<Fault, 'path'>): Promise<void> {
			const tenant = await IsolatedTenant.on(testBed);
			const workflow = await tenant.createTriggered();
			tenant.leaveBehind(workflow, 1);
			tenant.plan(fault);
			// Once published, what fails is left to the health check.
			await testBed.publish(workflow.id);
			// Not the leftover, which has no key ID.
			await waitFor(
				() => expect(tenant.subscriptionOf(workflow).url).toContain('?kid='),
				HEALED_MS,
			);
			await tenant.expectHealthy(workflow);
			await testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
		}

		it('publishes when a request fails, and is subscribed in the end', async () => {
			await runCases(
				faultsOf('POST', 'GET', 'DELETE'),
				async ({ fault }) => await publishThrough(fault),
			);
		});

		it('unpublishes when GET or DELETE fails, and reports what is left where it fails finally', async () => {
			await runCases(faultsOf('GET', 'DELETE'), async ({ fault }) => await unpublishThrough(fault));
		});

		async function unpublishThrough(fault: Omit<Fault, 'path'>): Promise<void> {
			const tenant = await IsolatedTenant.on(testBed);
			const workflow = await tenant.publishTriggered();
			const { id } = tenant.subscriptionOf(workflow);
			tenant.plan(fault);
			await testBed.unpublish(workflow.id);

			const isThere = tenant.subscriptionsTo(workflow).length > 0;
			const told = `KLIQ may still hold a webhook subscription (${id})`;
			if (isThere) {
				// n8n 1.x asks once, 2.x up to three times; one call of ours has five tries.
				expect(isN8nV1(N8N_VERSION) && fault.times === FIVE_TIMES).toBe(true);
				await waitFor(() => expect(testBed.n8n.logs()).toContain(`${told} to ${workflow.url}`));
				await testBed.publish(workflow.id);
				await tenant.expectHealthy(workflow);
				await testBed.unpublish(workflow.id);
			}
			await tenant.expectNothingLeft(workflow);
		}
	});
}
