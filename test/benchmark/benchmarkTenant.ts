import type { INodeParameters } from 'n8n-workflow';

import { kliqCredential } from '../support/kliqCredential';
import { buildNode } from '../support/n8n';
import { type TestBed } from '../support/testBed';

/** A tenant of the simulated KLIQ for one row alone, and a credential for it in n8n. */
export class BenchmarkTenant {
	private constructor(
		private readonly testBed: TestBed,
		readonly id: string,
		private readonly apiKey: string,
		private readonly credentialId: string,
	) {}

	static async open(testBed: TestBed, id: string): Promise<BenchmarkTenant> {
		testBed.kliq.addTenant(id);
		const apiKey = testBed.kliq.addKey({ tenantId: id });
		const credentialId = await testBed.client.createCredential({
			type: 'kliqApi',
			name: id,
			data: kliqCredential(testBed.kliq, { apiKey, tenantId: id }),
		});
		return new BenchmarkTenant(testBed, id, apiKey, credentialId);
	}

	/** Address of the tenant's webhook subscriptions. */
	get url(): string {
		return `${this.testBed.kliq.baseUrl}/tenants/${this.id}/webhooks`;
	}

	/** Makes subscriptions behind the API's back, and returns their IDs. */
	seed(count: number): string[] {
		return Array.from({ length: count }, (_, number) => {
			const url = `https://n8n-${number}.example.com/webhook/kliq`;
			const events = ['observation.created', 'cv.job.completed'];
			return this.testBed.kliq.seedSubscription({ url, events, tenantId: this.id }).id;
		});
	}

	/** How many subscriptions there are. */
	count(): number {
		return this.testBed.kliq.subscriptions(this.id).length;
	}

	/** Deletes one subscription by a plain request. */
	async delete(id: string): Promise<void> {
		const headers = { 'X-API-Key': this.apiKey };
		const response = await fetch(`${this.url}/${id}`, { method: 'DELETE', headers });
		await response.arrayBuffer();
		if (!response.ok) throw new Error(`DELETE was answered ${response.status}`);
	}

	/** Deletes all that are left, without latency and limit. */
	async clear(): Promise<void> {
		const { settings } = this.testBed.kliq;
		const { latencyMs, rateLimit } = settings;
		Object.assign(settings, { latencyMs: 0, rateLimit: undefined });
		for (const { id } of this.testBed.kliq.subscriptions(this.id)) await this.delete(id);
		Object.assign(settings, { latencyMs, rateLimit });
	}

	/** The KLIQ node; an item that fails does not stop the others. */
	kliqNode(parameters: INodeParameters) {
		const node = buildNode({
			type: 'n8n-nodes-kliq.kliq',
			name: 'KLIQ',
			parameters: { resource: 'webhook', ...parameters },
			credentials: { kliqApi: this.credentialId },
		});
		return { ...node, onError: 'continueRegularOutput' as const };
	}

	/** The HTTP Request node with the same credential; an item that fails does not stop the others. */
	httpRequestNode(parameters: INodeParameters) {
		const node = buildNode({
			type: 'n8n-nodes-base.httpRequest',
			name: 'HTTP Request',
			typeVersion: 4.5,
			parameters: {
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'kliqApi',
				options: {},
				...parameters,
			},
			credentials: { kliqApi: this.credentialId },
		});
		return { ...node, onError: 'continueRegularOutput' as const };
	}
}
