import assert from 'node:assert/strict';

import { IsolatedTenant } from '../../support/isolatedTenant';
import type { Liveness } from '../../support/simulator';
import type { TestBed, TriggeredWorkflow } from '../../support/testBed';
import { waitFor } from '../../support/waitFor';

/** Shortens the package's 10 minutes, and with them every other time of the health check. */
export const CHECK_INTERVAL_MS = 10_000;

/** A published workflow with a tenant of its own, for one fault. */
export interface HealingCase {
	testBed: TestBed;
	tenant: IsolatedTenant;
	workflow: TriggeredWorkflow;
	/** The workflow's name, by which n8n's log tells what the trigger has reported. */
	name: string;
}

/** What may befall a subscription. */
export interface SubscriptionFault {
	what: string;
	/** Of the tenant's credential when the workflow is published. */
	signingSecret?: string;
	inflict(the: HealingCase): Promise<void> | void;
	/** What the owner is told. */
	report: RegExp;
	/** The secret that the subscription has in the end, where it is the credential's. */
	secret?: string;
}

const idOf = ({ tenant, workflow }: HealingCase) => tenant.subscriptionOf(workflow).id;

const offAsToldBy = (liveness: Liveness): SubscriptionFault => ({
	what: `switched off, told by ${liveness}`,
	inflict: (the) => the.testBed.kliq.disable(idOf(the), liveness),
	report: /KLIQ had switched the webhook subscription off/,
});

const CREDENTIAL_CHANGED = /credential has changed/;

export const SUBSCRIPTION_FAULTS: SubscriptionFault[] = [
	offAsToldBy('active'),
	offAsToldBy('enabled'),
	offAsToldBy('disabled'),
	offAsToldBy('status'),
	{
		what: 'deleted',
		inflict: async (the) => await the.tenant.deleteAtKliq(idOf(the)),
		report: /was gone at KLIQ/,
	},
	{
		what: 'doubled',
		inflict: ({ tenant, workflow }) => tenant.leaveBehind(workflow, 1),
		report: /There was a second webhook subscription/,
	},
	{
		what: 'for other events',
		inflict: (the) =>
			the.testBed.kliq.changeSubscription(idOf(the), { events: ['visit.submitted'] }),
		report: /was for other events/,
	},
	{
		what: 'Signing Secret filled in',
		inflict: async ({ tenant }) => await tenant.changeCredential({ signingSecret: 'whsec_new' }),
		report: CREDENTIAL_CHANGED,
		secret: 'whsec_new',
	},
	{
		what: 'Signing Secret changed',
		signingSecret: 'whsec_old',
		inflict: async ({ tenant }) => await tenant.changeCredential({ signingSecret: 'whsec_new' }),
		report: CREDENTIAL_CHANGED,
		secret: 'whsec_new',
	},
	{
		what: 'Signing Secret removed',
		signingSecret: 'whsec_old',
		inflict: async ({ tenant }) => await tenant.changeCredential({ signingSecret: '' }),
		report: CREDENTIAL_CHANGED,
	},
	{
		what: 'API key replaced',
		inflict: async ({ testBed, tenant }) =>
			await tenant.changeCredential({ apiKey: testBed.kliq.addKey({ tenantId: tenant.id }) }),
		report: CREDENTIAL_CHANGED,
	},
];

export async function publishCase(
	testBed: TestBed,
	{ what, signingSecret }: Pick<SubscriptionFault, 'what' | 'signingSecret'>,
): Promise<HealingCase> {
	const tenant = await IsolatedTenant.on(testBed, { signingSecret });
	const name = `${what} (${tenant.id})`;
	return { testBed, tenant, workflow: await tenant.publishTriggered({ name }), name };
}

/** The lines in which n8n itself logs what the trigger of a workflow has reported. */
export const reportsOf = ({ testBed, name }: HealingCase): string[] =>
	testBed.n8n
		.logs()
		.split('\n')
		.filter((line) => line.includes(`of workflow "${name}"`) && line.includes('the error: "'));

/** Exactly one active subscription that works, and the owner has been told once, by what fits. */
export async function expectHealed(the: HealingCase, report: RegExp): Promise<void> {
	await waitFor(() => {
		const reports = reportsOf(the);
		assert.equal(reports.length, 1, `${the.name}: ${reports.length} reports`);
		assert.match(reports[0], report);
	});
	await expectWorking(the);
}

/** Exactly one active subscription, and an event signed by it runs the workflow once. */
export const expectWorking = async ({ tenant, workflow }: HealingCase) =>
	await tenant.expectHealthy(workflow);

/** Runs all at the same time. Fails with one error that names every one that failed. */
export async function inParallel<T extends { what: string }>(
	all: T[],
	run: (each: T) => Promise<void>,
): Promise<void> {
	const results = await Promise.allSettled(all.map(run));
	const failures = results.flatMap((result, index) =>
		result.status === 'rejected' ? [`${all[index].what}: ${result.reason}`] : [],
	);
	assert.deepEqual(failures, []);
}
