import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../support/isolatedTenant';
import { isN8nV1, webhookUrl } from '../support/n8n';
import type { Fault, Liveness } from '../support/simulator';
import { TestBed, type TriggeredWorkflow } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';

const DELETED_AT_KLIQ = 'deleted';
/** Long enough to be killed in. */
const SLOW_MS = 3_000;

describe(`KLIQ Trigger and restarts of n8n ${N8N_VERSION}`, () => {
	/** n8n 1.x asks every trigger at each start; 2.x asks none that it knows. */
	const asksAtStart = isN8nV1(N8N_VERSION);
	let testBed: TestBed;
	let tenant: IsolatedTenant;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION);
		tenant = await IsolatedTenant.on(testBed);
	});

	afterEach(async () => {
		await testBed?.reset();
	});

	afterAll(async () => {
		await testBed?.close();
	});

	it('keeps its subscription over a clean restart and a crash, with both kinds of secret', async () => {
		const withSecret = await IsolatedTenant.on(testBed, {
			signingSecret: 'whsec_of_the_credential',
		});
		// One after the other: with one SQLite connection n8n 1.x mixes concurrent transactions.
		const published: Array<{ owner: IsolatedTenant; workflow: TriggeredWorkflow }> = [];
		for (const owner of [tenant, withSecret]) {
			published.push({ owner, workflow: await owner.publishTriggered() });
		}
		const ids = () => published.map(({ owner, workflow }) => owner.subscriptionOf(workflow).id);
		const before = ids();

		for (const comeBack of [
			async () => {
				await testBed.n8n.restart();
				expect(testBed.n8n.endedOn).toBe('SIGTERM');
			},
			async () => {
				await testBed.n8n.kill();
				await testBed.n8n.restart();
			},
		]) {
			await comeBack();
			for (const { owner, workflow } of published) await owner.expectHealthy(workflow);
			expect(ids()).toEqual(before);
		}
		for (const { owner, workflow } of published) {
			await testBed.unpublish(workflow.id);
			await owner.expectNothingLeft(workflow);
		}
	});

	it.each<Liveness | 'deleted'>([DELETED_AT_KLIQ, 'active', 'enabled', 'status'])(
		'resubscribes when its subscription was ended at KLIQ (%s)',
		async (how) => {
			const workflow = await tenant.publishTriggered();
			const end = async () => {
				const { id } = tenant.subscriptionOf(workflow);
				if (how === DELETED_AT_KLIQ) return await tenant.deleteAtKliq(id);
				testBed.kliq.settings.liveness = how;
				testBed.kliq.disable(id);
			};

			await unpublishWithoutEffect(workflow);
			await end();
			await testBed.publish(workflow.id);
			await tenant.expectHealthy(workflow);

			// One restart shows that n8n 2.x cannot heal this, and each shows that 1.x can.
			if (asksAtStart || how === DELETED_AT_KLIQ) {
				await end();
				await testBed.n8n.restart();
				if (asksAtStart) await tenant.expectHealthy(workflow);
				else expect(tenant.subscriptionsTo(workflow)).toEqual([]);
			}
			await testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
		},
	);

	it('reuses the subscription that unpublishing could not delete', async () => {
		const workflow = await tenant.publishTriggered();
		const { id } = tenant.subscriptionOf(workflow);
		await unpublishWithoutEffect(workflow);
		await testBed.publish(workflow.id);
		expect(tenant.subscriptionOf(workflow).id).toBe(id);
		await tenant.expectHealthy(workflow);
	});

	/** Leaves the subscription at KLIQ and in the static data, for the next publication to find. */
	async function unpublishWithoutEffect(workflow: TriggeredWorkflow): Promise<void> {
		tenant.plan({ method: 'DELETE', status: 403, times: 99 });
		await testBed.unpublish(workflow.id);
		testBed.kliq.faults.clear();
		expect(tenant.subscriptionsTo(workflow)).toHaveLength(1);
	}

	if (asksAtStart) {
		it.each<[string, Omit<Fault, 'method' | 'path'>]>([
			['500', { status: 500 }],
			['cut', { cut: 'before' }],
		])(
			'has one subscription after a start at which KLIQ could not be asked (%s)',
			async (_what, fault) => {
				const workflow = await tenant.publishTriggered();
				const { id } = tenant.subscriptionOf(workflow);
				// All the tries of one call. n8n has the trigger unsubscribe then, and publishes it again.
				tenant.plan({ method: 'GET', times: 5, ...fault });
				await testBed.n8n.restart();
				await waitFor(() => expect(tenant.subscriptionOf(workflow).id).not.toBe(id));
				await tenant.expectHealthy(workflow);
				await testBed.unpublish(workflow.id);
				await tenant.expectNothingLeft(workflow);
			},
		);
	}

	describe('when n8n is restored from a backup', () => {
		let neverPublished: TriggeredWorkflow;
		let published: TriggeredWorkflow;

		beforeAll(async () => {
			neverPublished = await tenant.createTriggered();
			published = await tenant.publishTriggered();
			await testBed.n8n.stop({ keepData: true });
			await copyDatabase(dataFolder(), backupFolder());
			await testBed.n8n.start();

			// What the backup knows nothing of: one was published, the other has a new subscription.
			await testBed.publish(neverPublished.id);
			await testBed.republish(published.id);
			await testBed.n8n.stop({ keepData: true });
			await copyDatabase(backupFolder(), dataFolder());
			await testBed.n8n.start();
		});

		it('leaves one subscription of the workflow that the backup has as published', async () => {
			if (!asksAtStart) {
				expect(await tenant.deliver(published)).toMatchObject({ status: 401 });
				await waitFor(() =>
					expect(testBed.n8n.logs()).toContain('refused a request: its signature does not fit'),
				);
				await testBed.republish(published.id);
			}
			await tenant.expectHealthy(published);
			await testBed.unpublish(published.id);
			await tenant.expectNothingLeft(published);
		});

		it('leaves one subscription of the workflow that the backup has as not published', async () => {
			expect(tenant.subscriptionsTo(neverPublished)).toHaveLength(1);
			await testBed.publish(neverPublished.id);
			await tenant.expectHealthy(neverPublished);
			await testBed.unpublish(neverPublished.id);
			await tenant.expectNothingLeft(neverPublished);
		});

		const dataFolder = () => join(testBed.n8n.userFolder, '.n8n');
		const backupFolder = () => testBed.n8n.userFolder;
	});

	describe('when n8n is killed in the middle of', () => {
		const isAsked = async (method: string, before: number) =>
			await waitFor(
				() => {
					const asked = testBed.kliq.requests.slice(before).map((request) => request.method);
					expect(asked).toContain(method);
				},
				undefined,
				20,
			);

		/** Begins what makes n8n ask KLIQ, and kills n8n while KLIQ is at it. */
		async function crashIn(method: 'POST' | 'DELETE', begin: () => Promise<void>): Promise<void> {
			const before = testBed.kliq.requests.length;
			tenant.plan({ method, delayMs: SLOW_MS });
			const begun = begin().catch(() => {}); // 1.x answers only when it is through
			await isAsked(method, before);
			await testBed.n8n.kill();
			await begun;
			// The publication under way stays leased to the killed n8n 2.x; by default for 2 minutes.
			const env = { N8N_WORKFLOW_PUBLICATION_OUTBOX_LEASE_SECONDS: '30' };
			await testBed.n8n.restart({ env });
		}

		it('publishing, one subscription is left after republishing', async () => {
			const workflow = await tenant.createTriggered();
			await crashIn('POST', async () => await testBed.client.publish(workflow.id));
			await testBed.publish(workflow.id);
			if (!asksAtStart) {
				// n8n 2.x stores that a trigger is registered before it registers it, and does not do so
				// again (publish() in its workflow-publication-applier): the secret is lost.
				expect(await tenant.deliver(workflow)).toMatchObject({ status: 401 });
				await testBed.republish(workflow.id);
			}
			await tenant.expectHealthy(workflow);
			await testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
		});

		it('unpublishing, none is left after unpublishing again', async () => {
			const workflow = await tenant.publishTriggered();
			await crashIn('DELETE', async () => await testBed.client.unpublish(workflow.id));
			await testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
			await testBed.publish(workflow.id);
			await tenant.expectHealthy(workflow);
		});
	});

	// The last, as n8n keeps the new address.
	it('follows n8n’s public address when it changes between unpublishing and publishing', async () => {
		const workflow = await tenant.publishTriggered();
		await testBed.unpublish(workflow.id);
		await tenant.expectNothingLeft(workflow);

		const newAddress = testBed.n8n.url.replace('127.0.0.1', 'localhost');
		await testBed.n8n.restart({ webhookUrl: `${newAddress}/` });
		await testBed.publish(workflow.id);
		const moved = { ...workflow, url: webhookUrl(newAddress, workflow.trigger) };
		await tenant.expectHealthy(moved);
		await tenant.expectNothingLeft(workflow);

		await testBed.unpublish(workflow.id);
		await tenant.expectNothingLeft(moved);
	});
});

/** n8n's SQLite database is one file, and two more with what is not yet in it. */
async function copyDatabase(from: string, to: string): Promise<void> {
	const filesIn = async (folder: string) =>
		(await readdir(folder)).filter((name) => name.startsWith('database.sqlite'));
	for (const file of await filesIn(to)) await rm(join(to, file));
	for (const file of await filesIn(from)) await copyFile(join(from, file), join(to, file));
}
