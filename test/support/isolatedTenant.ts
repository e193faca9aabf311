import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import { kliqCredential } from './kliqCredential';
import type { Fault, StoredSubscription } from './simulator';
import { type TestBed, type TriggeredWorkflow } from './testBed';
import { waitFor } from './waitFor';

/**
 * A tenant of its own at the simulated KLIQ, with subscriptions of others in it. Faults, lists and
 * throttling are by tenant, so cases that have one each can run at the same time.
 */
export class IsolatedTenant {
	private constructor(
		private readonly testBed: TestBed,
		readonly id: string,
		readonly apiKey: string,
		readonly credentialId: string,
		/** Subscriptions of others, which nothing may ever touch. */
		readonly bystanders: StoredSubscription[],
	) {}

	static async on(
		testBed: TestBed,
		{ signingSecret = '', others = 2 }: { signingSecret?: string; others?: number } = {},
	): Promise<IsolatedTenant> {
		const id = `t_${randomUUID()}`;
		testBed.kliq.addTenant(id);
		const apiKey = testBed.kliq.addKey({ tenantId: id });
		const credentialId = await testBed.client.createCredential({
			type: 'kliqApi',
			name: `KLIQ ${id}`,
			data: kliqCredential(testBed.kliq, { apiKey, tenantId: id, signingSecret }),
		});
		const bystanders = Array.from({ length: others }, (_, each) =>
			testBed.kliq.seedSubscription({
				tenantId: id,
				url: `${testBed.n8n.url}/webhook/of-somebody-else-${each}/webhook`,
				events: ['visit.submitted'],
			}),
		);
		return new IsolatedTenant(testBed, id, apiKey, credentialId, bystanders);
	}

	/** Saves other values in the credential. */
	async changeCredential(values: IDataObject): Promise<void> {
		const { apiKey, id: tenantId } = this;
		await this.testBed.client.updateCredential(this.credentialId, {
			type: 'kliqApi',
			name: 'KLIQ',
			data: kliqCredential(this.testBed.kliq, { apiKey, tenantId, ...values }),
		});
	}

	async publishTriggered(
		options: Parameters<TestBed['publishTriggered']>[0] = {},
	): Promise<TriggeredWorkflow> {
		return await this.testBed.publishTriggered({ credentialId: this.credentialId, ...options });
	}

	async createTriggered(
		options: Parameters<TestBed['createTriggered']>[0] = {},
	): Promise<TriggeredWorkflow> {
		return await this.testBed.createTriggered({ credentialId: this.credentialId, ...options });
	}

	/** Plans a fault for requests about this tenant's subscriptions. */
	plan(fault: Omit<Fault, 'path'>): void {
		this.testBed.kliq.faults.next({ ...fault, path: new RegExp(`/tenants/${this.id}/`) });
	}

	/** Leaves subscriptions of earlier lives at KLIQ, with secrets that nobody knows. */
	leaveBehind({ url }: { url: string }, count: number): void {
		for (let each = 0; each < count; each++) {
			this.testBed.kliq.seedSubscription({ tenantId: this.id, url, events: ['cv.job.failed'] });
		}
	}

	subscriptionsTo({ url }: { url: string }): StoredSubscription[] {
		return this.testBed.kliq.subscriptions(this.id).filter((each) => each.url === url);
	}

	/** The one subscription that delivers to a workflow. */
	subscriptionOf(workflow: { url: string }): StoredSubscription {
		const found = this.subscriptionsTo(workflow);
		expect(found).toHaveLength(1);
		return found[0];
	}

	/** Deletes a subscription as a person does at KLIQ. */
	async deleteAtKliq(subscriptionId: string): Promise<void> {
		const url = `${this.testBed.kliq.baseUrl}/tenants/${this.id}/webhooks/${subscriptionId}`;
		await fetch(url, { method: 'DELETE', headers: { 'X-API-Key': this.apiKey } });
	}

	/** Sends an event as KLIQ does to the workflow's subscription; each time another one. */
	async deliver(workflow: TriggeredWorkflow, subscription = this.subscriptionOf(workflow)) {
		const [type] = workflow.trigger.parameters.events as string[];
		const body = JSON.stringify({ id: `evt_${randomUUID()}`, type });
		return await this.testBed.kliq.deliverRaw({ subscriptionId: subscription.id, body });
	}

	/**
	 * While published: exactly one live subscription for the trigger's events, nobody else's touched,
	 * and a signed event runs the workflow once.
	 */
	async expectHealthy(workflow: TriggeredWorkflow): Promise<void> {
		const { client } = this.testBed;
		const { events } = workflow.trigger.parameters;
		await waitFor(() => {
			const live = expect.objectContaining({ live: true, events });
			expect(this.subscriptionsTo(workflow)).toEqual([live]);
		});
		const before = (await client.executions(workflow.id)).length;
		expect(await this.deliver(workflow)).toMatchObject({ status: 200 });
		await client.waitForExecutions(workflow.id, before + 1);

		const [newest, ...older] = await client.executions(workflow.id);
		expect(newest.status).toBe('success');
		expect(older).toHaveLength(before);
		this.expectOthersUntouched();
	}

	/** While not published: nothing of ours is left, and nobody else's was touched. */
	async expectNothingLeft(workflow: { url: string }): Promise<void> {
		await waitFor(() => expect(this.subscriptionsTo(workflow)).toEqual([]));
		this.expectOthersUntouched();
	}

	private expectOthersUntouched(): void {
		expect(this.testBed.kliq.subscriptions(this.id)).toEqual(
			expect.arrayContaining(this.bystanders),
		);
	}
}
