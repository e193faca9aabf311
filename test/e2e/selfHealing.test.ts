import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../support/isolatedTenant';
import { isN8nV1, webhookUrl } from '../support/n8n';
import { TestBed, type TriggeredWorkflow } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';

/** The package's 10 minutes, shortened: every other time of the check shrinks with them. */
const CHECK_INTERVAL_MS = 10_000;

/** One trigger, the tenant it is for, and what n8n has told its owner. */
interface Case {
	tenant: IsolatedTenant;
	workflow: TriggeredWorkflow;
}

describe(`KLIQ Trigger looks after its subscription in n8n ${N8N_VERSION}`, () => {
	const is1 = isN8nV1(N8N_VERSION);
	let testBed: TestBed;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION, {
			checkIntervalMs: CHECK_INTERVAL_MS,
			// With one SQLite connection n8n 1.x mixes the transactions of concurrent requests.
			env: { DB_SQLITE_POOL_SIZE: '4' },
		});
	});

	afterEach(async () => {
		await testBed?.reset();
	});

	afterAll(async () => {
		await testBed?.close();
	});

	async function publishCase(signingSecret = ''): Promise<Case> {
		const tenant = await IsolatedTenant.on(testBed, { signingSecret });
		return { tenant, workflow: await tenant.publishTriggered({ name: `Of ${tenant.id}` }) };
	}

	/** The failed executions that n8n 2.x stores of what the trigger reports; n8n 1.x stores none. */
	const failed = async ({ workflow }: Case) =>
		(await testBed.client.executions(workflow.id)).filter(({ status }) => status === 'error');

	/** Exactly one active subscription, another than before, and a signed event runs the workflow once. */
	async function expectHealed({ tenant, workflow }: Case, before: string, secret?: string) {
		await waitFor(() => {
			const { id, live } = tenant.subscriptionOf(workflow);
			expect(id).not.toBe(before);
			expect(live).toBe(true);
		});
		if (secret !== undefined) expect(tenant.subscriptionOf(workflow).secret).toBe(secret);
		const { type } = { type: workflow.trigger.parameters.events };
		expect(tenant.subscriptionOf(workflow).events).toEqual(type);
		expect(await tenant.deliver(workflow)).toMatchObject({ status: 200 });
	}

	const FAULTS: Array<[string, (of: Case) => Promise<unknown> | unknown, RegExp]> = [
		[
			'off',
			({ tenant, workflow }) => testBed.kliq.disable(tenant.subscriptionOf(workflow).id),
			/switched the webhook subscription off/,
		],
		[
			'deleted',
			async ({ tenant, workflow }) => await tenant.deleteAtKliq(tenant.subscriptionOf(workflow).id),
			/was gone at KLIQ/,
		],
		[
			'Signing Secret filled in',
			async ({ tenant }) => await tenant.changeCredential({ signingSecret: 'whsec_new' }),
			/credential has changed/,
		],
		[
			'API key replaced',
			async ({ tenant }) => {
				const apiKey = testBed.kliq.addKey({ tenantId: tenant.id });
				await tenant.changeCredential({ apiKey });
				testBed.kliq.revokeKey(tenant.apiKey);
			},
			/credential has changed/,
		],
	];

	it('heals while n8n runs', async () => {
		const cases = [];
		for (const [name, fault, told] of FAULTS) {
			const each = await publishCase();
			cases.push({ name, each, fault, told, before: each.tenant.subscriptionOf(each.workflow).id });
		}
		for (const { each, fault } of cases) await fault(each);
		const begun = Date.now();
		for (const { name, each, before, told } of cases) {
			await expectHealed(each, before);
			console.log(
				name,
				Date.now() - begun,
				(await failed(each)).length,
				testBed.n8n
					.logs()
					.split('\n')
					.filter((l) => told.test(l) && l.includes('KLIQ Trigger "')).length,
			);
		}
		console.log(
			testBed.n8n
				.logs()
				.split('\n')
				.filter((l) => /KLIQ/.test(l))
				.join('\n'),
		);
	});

	it('heals after a start', async () => {
		const cases = [];
		for (const [name, fault, told] of FAULTS) {
			const each = await publishCase();
			cases.push({ name, each, fault, told, before: each.tenant.subscriptionOf(each.workflow).id });
		}
		await testBed.n8n.kill();
		await new Promise((r) => setTimeout(r, 500));
		for (const { each, fault, name } of cases) if (!/Secret|key/.test(name)) await fault(each);
		await testBed.n8n.restart();
		const begun = Date.now();
		for (const { name, each, before } of cases)
			if (!/Secret|key/.test(name)) {
				await expectHealed(each, before);
				console.log(name, Date.now() - begun, (await failed(each)).length);
			}
		console.log(
			testBed.n8n
				.logs()
				.split('\n')
				.filter((l) => /KLIQ/.test(l))
				.join('\n'),
			is1,
			webhookUrl,
		);
	});
});
