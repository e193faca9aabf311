import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { IsolatedTenant } from '../support/isolatedTenant';
import { isN8nV1, packageFolder } from '../support/n8n';
import { LAZY_EXPRESSIONS, TestBed, type TriggeredWorkflow } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';

/** Long enough to be killed in. */
const SLOW_MS = 3_000;

describe(`KLIQ Trigger and restarts of n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;
	let tenant: IsolatedTenant;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION, { env: LAZY_EXPRESSIONS });
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

	it('goes on with its subscription after n8n has once started without the package', async () => {
		const workflow = await tenant.publishTriggered();
		const { id } = tenant.subscriptionOf(workflow);
		const inPlace = packageFolder(testBed.n8n);
		const aside = join(testBed.n8n.userFolder, 'n8n-nodes-kliq-aside');

		await startAfterMove(inPlace, aside);
		// n8n 2.x is ready before it activates triggers. Stopped in between, it activates them at the
		// next start (the startup pass of its workflow-publication-reconciler.service).
		if (!isN8nV1(N8N_VERSION)) {
			await waitFor(async () => {
				const publication = await testBed.client.publicationStatus(workflow.id);
				expect(publication).toMatchObject({ status: 'failed' });
			});
		}

		await startAfterMove(aside, inPlace);
		// n8n 2.x has given the trigger up and does not try it again by itself.
		if (!isN8nV1(N8N_VERSION)) {
			expect(await tenant.deliver(workflow)).toMatchObject({ status: 404 });
			await testBed.publish(workflow.id);
		}
		await tenant.expectHealthy(workflow);
		expect(tenant.subscriptionOf(workflow).id).toBe(id);
		await testBed.unpublish(workflow.id);
		await tenant.expectNothingLeft(workflow);
	});

	async function startAfterMove(from: string, to: string): Promise<void> {
		await testBed.n8n.stop({ keepData: true });
		await rename(from, to);
		await testBed.n8n.start();
	}

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
		async function crashIn(method: 'DELETE', begin: () => Promise<void>): Promise<void> {
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

		it('unpublishing, none is left after unpublishing again', async () => {
			const workflow = await tenant.publishTriggered();
			await crashIn('DELETE', async () => await testBed.client.unpublish(workflow.id));
			await testBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
			await testBed.publish(workflow.id);
			await tenant.expectHealthy(workflow);
		});
	});
});

/** n8n's SQLite database is one file, and two more with what is not yet in it. */
async function copyDatabase(from: string, to: string): Promise<void> {
	const filesIn = async (folder: string) =>
		(await readdir(folder)).filter((name) => name.startsWith('database.sqlite'));
	for (const file of await filesIn(to)) await rm(join(to, file));
	for (const file of await filesIn(from)) await copyFile(join(from, file), join(to, file));
}
