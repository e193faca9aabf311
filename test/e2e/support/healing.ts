import assert from 'node:assert/strict';

import { IsolatedTenant } from '../../support/isolatedTenant';
import type { TestBed, TriggeredWorkflow } from '../../support/testBed';
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
	/** The workflow's name, by which n8n's log tells what the trigger has reported. */
	name: string;
}

/** What may befall a subscription. */
export interface SubscriptionFault {
	name: string;
	/** Of the tenant's credential when the workflow is published. */
	signingSecret?: string;
	apply(published: PublishedCase): Promise<void> | void;
	/** What the owner is told. */
	report: RegExp;
	/** The secret that the subscription has in the end, where it is the credential's. */
	secret?: string;
}

const idOf = ({ tenant, workflow }: PublishedCase) => tenant.subscriptionOf(workflow).id;

/** What the owner is told of a fault that only a running n8n can have: its credential changes. */
export const CREDENTIAL_CHANGED = /credential has changed/;

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
		report: /There was a second webhook subscription/,
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
		report: CREDENTIAL_CHANGED,
		secret: 'whsec_new',
	},
	{
		name: 'Signing Secret changed',
		signingSecret: 'whsec_old',
		apply: async ({ tenant }) => await tenant.changeCredential({ signingSecret: 'whsec_new' }),
		report: CREDENTIAL_CHANGED,
		secret: 'whsec_new',
	},
	{
		name: 'Signing Secret removed',
		signingSecret: 'whsec_old',
		apply: async ({ tenant }) => await tenant.changeCredential({ signingSecret: '' }),
		report: CREDENTIAL_CHANGED,
	},
	{
		name: 'API key replaced',
		apply: async ({ testBed, tenant }) =>
			await tenant.changeCredential({ apiKey: testBed.kliq.addKey({ tenantId: tenant.id }) }),
		report: CREDENTIAL_CHANGED,
	},
];

export async function publishCase(
	testBed: TestBed,
	{ name: fault, signingSecret }: Pick<SubscriptionFault, 'name' | 'signingSecret'>,
): Promise<PublishedCase> {
	const tenant = await IsolatedTenant.on(testBed, { signingSecret });
	const name = `${fault} (${tenant.id})`;
	return { testBed, tenant, workflow: await tenant.publishTriggered({ name }), name };
}

/** The lines in which n8n itself logs what the trigger of a workflow has reported. */
export const reportsOf = ({ testBed, name }: PublishedCase): string[] =>
	testBed.n8n
		.logs()
		.split('\n')
		.filter((line) => line.includes(`of workflow "${name}"`) && line.includes('the error: "'));

/** Exactly one active subscription that works, and the owner has been told once, by what fits. */
export async function expectHealed(published: PublishedCase, report: RegExp): Promise<void> {
	await waitFor(() => {
		const reports = reportsOf(published);
		assert.equal(reports.length, 1, `${published.name}: ${reports.length} reports`);
		assert.match(reports[0], report);
	});
	await published.tenant.expectHealthy(published.workflow);
}
