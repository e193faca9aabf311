import assert from 'node:assert/strict';

import { IsolatedTenant } from '../../support/isolatedTenant';
import {
	LAZY_EXPRESSIONS,
	SQLITE_POOL,
	TestBed,
	type TriggeredWorkflow,
} from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';

/** Shortens the package's 10 minutes, and with them every other time of the health check. */
export const CHECK_INTERVAL_MS = 10_000;

/** Time limit for healing with the package's own interval: 10 minutes, and 2 more on a busy machine. */
export const HEALED_WITHIN_MS = 12 * 60_000;

/** A published workflow with a tenant of its own, for one fault. */
export interface PublishedCase {
	testBed: TestBed;
	tenant: IsolatedTenant;
	workflow: TriggeredWorkflow;
	name: string;
}

/** What may befall a subscription. */
export interface SubscriptionFault {
	name: string;
	/** Of the tenant's credential when the workflow is published. */
	signingSecret?: string;
	apply(published: PublishedCase): Promise<void> | void;
	/** What the owner is told; nothing of what is ours or harmless. */
	report?: RegExp;
	/** Whether the subscription that is there is kept. */
	isKept?: boolean;
	/** The secret that the subscription has in the end, where it is the credential's. */
	secret?: string;
	/** Whether only a running n8n can have it: its credential changes. */
	needsN8n?: boolean;
}

/** ID of the one subscription of a case. */
export const idOf = ({ tenant, workflow }: Pick<PublishedCase, 'tenant' | 'workflow'>) =>
	tenant.subscriptionOf(workflow).id;

export const SUBSCRIPTION_FAULTS: SubscriptionFault[] = [
	{
		name: 'switched off',
		apply: (published) => published.testBed.kliq.disable(idOf(published)),
		report: /KLIQ had switched the webhook subscription off/,
	},
	{
		name: 'deleted',
		apply: async (published) => await published.tenant.deleteAtKliq(idOf(published)),
		report: /was gone at KLIQ/,
	},
	{
		name: 'doubled',
		apply: ({ tenant, workflow }) => tenant.leaveBehind(workflow, 1),
		isKept: true,
	},
	{
		name: 'for other events',
		apply: (published) =>
			published.testBed.kliq.changeSubscription(idOf(published), { events: ['visit.submitted'] }),
		report: /was for other events/,
	},
	{
		name: 'Signing Secret filled in',
		apply: async ({ tenant }) => await tenant.changeCredential({ signingSecret: 'whsec_new' }),
		needsN8n: true,
		secret: 'whsec_new',
	},
	{
		name: 'Signing Secret changed',
		signingSecret: 'whsec_old',
		apply: async ({ tenant }) => await tenant.changeCredential({ signingSecret: 'whsec_new' }),
		needsN8n: true,
		secret: 'whsec_new',
	},
	{
		name: 'Signing Secret removed',
		signingSecret: 'whsec_old',
		apply: async ({ tenant }) => await tenant.changeCredential({ signingSecret: '' }),
		needsN8n: true,
	},
	{
		name: 'API key replaced',
		apply: async ({ testBed, tenant }) =>
			await tenant.changeCredential({ apiKey: testBed.kliq.addKey({ tenantId: tenant.id }) }),
		needsN8n: true,
	},
];

/** A test bed whose triggers look after their subscriptions every few seconds. */
export const openTestBed = async (more: { webhookUrl?: string } = {}) =>
	await TestBed.open(N8N_VERSION, {
		...more,
		checkIntervalMs: CHECK_INTERVAL_MS,
		env: {
			...SQLITE_POOL,
			...LAZY_EXPRESSIONS,
			// A publication under way stays leased to a killed n8n 2.x; by default for 2 minutes.
			N8N_WORKFLOW_PUBLICATION_OUTBOX_LEASE_SECONDS: '30',
		},
	});

/** Unpublishes all, after which KLIQ holds nothing of them. */
export async function endCases(
	testBed: TestBed,
	all: Array<Pick<PublishedCase, 'tenant' | 'workflow'>>,
): Promise<void> {
	for (const { tenant, workflow } of all) {
		await testBed.unpublish(workflow.id);
		await tenant.expectNothingLeft(workflow);
	}
}

export async function publishCase(
	testBed: TestBed,
	{ name, signingSecret }: Pick<SubscriptionFault, 'name' | 'signingSecret'>,
): Promise<PublishedCase> {
	const tenant = await IsolatedTenant.on(testBed, { signingSecret });
	const workflow = await tenant.publishTriggered({ name });
	return { testBed, tenant, workflow, name };
}

/** What the triggers of a workflow have told its owner by failed executions, newest first. */
export async function reportsOf({
	testBed: { client },
	workflow,
}: Pick<PublishedCase, 'testBed' | 'workflow'>): Promise<string[]> {
	const failed = await client.executions(workflow.id, { status: 'error' });
	// Events run in another mode.
	const reports = failed.filter(({ mode }) => mode === 'trigger');
	const messages = reports.map(async ({ id }) => {
		const { error } = (await client.execution(id)).data.resultData;
		return error?.message ?? '';
	});
	return await Promise.all(messages);
}

/** The owner has been told so often, of what fits. */
export async function expectReports(
	published: Pick<PublishedCase, 'testBed' | 'workflow'>,
	...expected: RegExp[]
): Promise<void> {
	const told = await waitFor(async () => {
		const reports = (await reportsOf(published)).reverse();
		assert.ok(reports.length >= expected.length, `Told so far: ${reports.join('\n') || 'nothing'}`);
		return reports;
	});
	assert.equal(told.length, expected.length, `Told: ${told.join('\n')}`);
	told.forEach((report, index) => assert.match(report, expected[index]));
}
