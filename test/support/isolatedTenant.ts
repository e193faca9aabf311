import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';

import { listWalks, nextCheck } from './healthChecks';
import { kliqCredential } from './kliqCredential';
import { sendWhenReady } from './sendWhenReady';
import type { Fault, RawDeliveryInput, StoredSubscription } from './simulator';
import { isSameWithoutQuery } from './subscriptionUrl';
import { type TestBed, type TriggeredWorkflow } from './testBed';
import { waitFor } from './waitFor';

const REFUSED = { status: 401, body: '{"error":"Invalid signature"}' };

/**
 * Compares data as JSON. The strict comparison of `node:assert` is by prototype, and Jest gives each
 * test file an `Array` and an `Object` of its own, but not a `structuredClone`.
 */
function assertEqualData(actual: unknown, expected: unknown): void {
	const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
	assert.deepEqual(copy(actual), copy(expected));
}

/**
 * A tenant of its own at the simulated KLIQ, with a credential for it in n8n. Faults, lists and rate
 * limits are by tenant, so cases that have one each can run at the same time.
 */
export class IsolatedTenant {
	private constructor(
		private readonly testBed: TestBed,
		readonly id: string,
		readonly apiKey: string,
		readonly credentialId: string,
		/** Subscriptions of other systems, which nothing may ever touch. */
		private readonly others: StoredSubscription[],
	) {}

	/** @param options `others`: how many subscriptions of other systems the tenant has; 2 unless told */
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
		const tenant = new IsolatedTenant(testBed, id, apiKey, credentialId, []);
		tenant.others.push(...tenant.seed(others));
		return tenant;
	}

	/** The address of the tenant's webhook subscriptions. */
	get url(): string {
		return `${this.testBed.kliq.baseUrl}/tenants/${this.id}/webhooks`;
	}

	/** Adds subscriptions to other addresses of this n8n, behind the API's back. */
	seed(count: number): StoredSubscription[] {
		return Array.from({ length: count }, (_, index) =>
			this.testBed.kliq.seedSubscription({
				tenantId: this.id,
				url: `${this.testBed.n8n.url}/webhook/of-another-system-${index}/webhook`,
				events: ['observation.created', 'cv.job.completed'],
			}),
		);
	}

	subscriptions(): StoredSubscription[] {
		return this.testBed.kliq.subscriptions(this.id);
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
		const { id: tenantId, credentialId } = this;
		return await this.testBed.publishTriggered({ tenantId, credentialId, ...options });
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

	/** Leaves subscriptions at KLIQ with the workflow's URL and other secrets, as earlier failures may. */
	leaveBehind({ url }: { url: string }, count: number): void {
		for (let each = 0; each < count; each++) {
			this.testBed.kliq.seedSubscription({ tenantId: this.id, url, events: ['cv.job.failed'] });
		}
	}

	subscriptionsTo({ url }: { url: string }): StoredSubscription[] {
		return this.subscriptions().filter((each) => isSameWithoutQuery(each.url, url));
	}

	/** The only subscription that delivers to a workflow. Throws if there are more or none. */
	subscriptionOf(workflow: { url: string }): StoredSubscription {
		const found = this.subscriptionsTo(workflow);
		assert.equal(found.length, 1, `${found.length} subscriptions deliver to ${workflow.url}`);
		return found[0];
	}

	/** Deletes a subscription as a person does at KLIQ. Throws if KLIQ does not answer 2xx. */
	async deleteAtKliq(subscriptionId: string): Promise<void> {
		const headers = { 'X-API-Key': this.apiKey };
		const response = await fetch(`${this.url}/${subscriptionId}`, { method: 'DELETE', headers });
		await response.arrayBuffer();
		if (!response.ok) throw new Error(`DELETE was answered ${response.status}`);
	}

	/** Sends an event as KLIQ does to the workflow's subscription; each time another one. */
	async deliver(workflow: TriggeredWorkflow, subscription = this.subscriptionOf(workflow)) {
		const [type] = workflow.trigger.parameters.events as string[];
		const body = JSON.stringify({ id: `evt_${randomUUID()}`, type });
		return await this.send({ subscriptionId: subscription.id, body });
	}

	/** Sends an event that the workflow's subscription has not signed. */
	private async forge(workflow: TriggeredWorkflow) {
		const { id: subscriptionId } = this.subscriptionOf(workflow);
		const [type] = workflow.trigger.parameters.events as string[];
		const body = JSON.stringify({ id: `evt_${randomUUID()}`, type });
		return await this.send({ subscriptionId, body, signature: '0'.repeat(64) });
	}

	private async send(event: RawDeliveryInput) {
		return await sendWhenReady(async () => await this.testBed.kliq.deliverRaw(event));
	}

	/** When each walk of the tenant's subscription list began, in milliseconds since 1970. */
	listWalks(): number[] {
		return listWalks(this.testBed.kliq, this.id);
	}

	/** Waits until a health check that begins after now has come to its end. */
	async nextCheck(): Promise<void> {
		await nextCheck(this.testBed.kliq, this.id);
	}

	/**
	 * While published: exactly one active subscription for the trigger's events, no other system's
	 * touched, a forged event is refused, and a signed one runs the workflow once.
	 */
	async expectHealthy(workflow: TriggeredWorkflow): Promise<void> {
		const { client } = this.testBed;
		const { events } = workflow.trigger.parameters;
		await waitFor(() => {
			const found = this.subscriptionsTo(workflow);
			assertEqualData(
				found.map((each) => ({ live: each.live, events: each.events })),
				[{ live: true, events }],
			);
		});
		const runs = async () => await client.webhookExecutions(workflow.id);
		const before = (await runs()).length;
		assertEqualData(await this.forge(workflow), REFUSED);
		const answer = await this.deliver(workflow);
		assert.equal('status' in answer && answer.status, 200, JSON.stringify(answer));
		await waitFor(async () => {
			const statuses = (await runs()).map(({ status }) => status);
			assert.equal(statuses.length, before + 1);
			assert.equal(statuses[0], 'success');
		});
		this.expectOthersUntouched();
	}

	/** While not published: none of ours is left, and no other system's was touched. */
	async expectNothingLeft(workflow: { url: string }): Promise<void> {
		await waitFor(() => assertEqualData(this.subscriptionsTo(workflow), [])).catch(
			(error: Error) => {
				throw new Error(`${error.message}\nn8n’s log: ${this.loggedAbout(workflow)}`);
			},
		);
		this.expectOthersUntouched();
	}

	/** What n8n has logged of a workflow's subscriptions: unpublishing tells its trouble there only. */
	private loggedAbout({ url }: { url: string }): string {
		const lines = this.testBed.n8n.logs().split('\n');
		return lines.filter((line) => line.includes(url)).join('\n') || 'nothing';
	}

	private expectOthersUntouched(): void {
		const found = new Map(this.subscriptions().map((each) => [each.id, each]));
		for (const other of this.others) assertEqualData(found.get(other.id), other);
	}
}
