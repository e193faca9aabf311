import { afterEach, beforeEach, expect } from '@jest/globals';
import type { IWorkflowSettings } from 'n8n-workflow';

import { IsolatedTenant } from '../../support/isolatedTenant';
import type { LoggedRequest, StoredSubscription } from '../../support/simulator';
import type { TriggeredWorkflow } from '../../support/testBed';
import type { EventRun, QueueTestBed } from './queueTestBed';

/** One trigger, with a tenant of its own. */
export interface HealingCase {
	tenant: IsolatedTenant;
	workflow: TriggeredWorkflow;
	/** The subscription that publishing has made. */
	first: StoredSubscription;
}

/** Published workflows, each to have its subscription broken. */
export class HealingCases {
	readonly all: HealingCase[] = [];
	private sent = 0;

	constructor(private readonly queue: QueueTestBed) {}

	async publish(settings: IWorkflowSettings = {}): Promise<HealingCase> {
		const tenant = await IsolatedTenant.on(this.queue.testBed);
		const { id: tenantId, credentialId } = tenant;
		const workflow = await this.queue.publishTriggered({ tenantId, credentialId, settings });
		const first = tenant.subscriptionOf(workflow);
		const published = { tenant, workflow, first };
		this.all.push(published);
		return published;
	}

	/** Unpublishes them all, which leaves nothing at KLIQ. */
	async end(): Promise<void> {
		for (const { tenant, workflow } of this.all) {
			await this.queue.testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
		}
	}

	/** Sends an event to each processor. @returns the IDs, once each has been accepted */
	async sendToEach({ workflow }: HealingCase, secret: string): Promise<string[]> {
		const ids: string[] = [];
		for (const processor of this.queue.processors) {
			const id = `evt_healed${this.sent++}`;
			const answer = await this.queue.send(workflow, id, processor, secret);
			expect(answer).toMatchObject({ status: 200 });
			ids.push(id);
		}
		return ids;
	}

	requestsOf({ tenant }: HealingCase, method: string): LoggedRequest[] {
		return this.queue.testBed.kliq.requests.filter(
			(request) => request.method === method && request.path.includes(tenant.id),
		);
	}
}

/**
 * Gives each test of a suite cases of its own, and ends them after it.
 *
 * @param onOpen receives them, and the test bed that they are on
 */
export function useHealingCases(
	getQueue: () => QueueTestBed,
	onOpen: (queue: QueueTestBed, cases: HealingCases) => void,
): void {
	let cases: HealingCases;

	beforeEach(() => {
		const queue = getQueue();
		cases = new HealingCases(queue);
		onOpen(queue, cases);
	});

	afterEach(async () => {
		await cases.end();
	});
}

/** Throws unless exactly one subscription delivers, and it is an active one, not the first. */
export function newSubscriptionOf({ tenant, workflow, first }: HealingCase): StoredSubscription {
	const subscription = tenant.subscriptionOf(workflow);
	expect(subscription).toMatchObject({ live: true, id: expect.not.stringMatching(first.id) });
	return subscription;
}

/** The IDs of events that ran well. */
export const succeeded = (runs: EventRun[]): string[] =>
	runs
		.filter(({ status }) => status === 'success')
		.map(({ eventId }) => eventId)
		.sort();
