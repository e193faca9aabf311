import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import type { Liveness } from '../support/kliq';
import { isFirstLine, N8N_VERSIONS, webhookUrl } from '../support/n8n';
import { Stage, type TriggeredWorkflow } from './support/stage';
import { Tenant } from './support/tenant';

jest.setTimeout(240_000);

describe.each(N8N_VERSIONS)('KLIQ Trigger and restarts of n8n %s', (version) => {
	/** n8n 1.x asks every trigger at each start; 2.x asks none that it knows. */
	const asksAtStart = isFirstLine(version);
	let stage: Stage;
	let tenant: Tenant;

	beforeAll(async () => {
		stage = await Stage.open(version);
		tenant = await Tenant.on(stage);
	}, 180_000);

	afterAll(async () => {
		await stage?.close();
	}, 60_000);

	it('keeps its subscription over a clean restart and a crash, with both kinds of secret', async () => {
		const withSecret = await Tenant.on(stage, { signingSecret: 'whsec_of_the_credential' });
		const cases = [tenant, withSecret].map(async (owner) => ({
			owner,
			workflow: await owner.publishTriggered(),
		}));
		const published = await Promise.all(cases);
		const ids = () => published.map(({ owner, workflow }) => owner.subscriptionOf(workflow).id);
		const before = ids();

		for (const comeBack of [
			async () => await stage.n8n.restart(),
			async () => {
				await stage.n8n.kill();
				await stage.n8n.restart();
			},
		]) {
			await comeBack();
			for (const { owner, workflow } of published) await owner.expectHealthy(workflow);
			expect(ids()).toEqual(before);
		}
		for (const { owner, workflow } of published) {
			await stage.unpublish(workflow.id);
			await owner.expectNothingLeft(workflow);
		}
	});

	it.each<Liveness | 'deleted'>(['deleted', 'active', 'enabled', 'status'])(
		'subscribes anew when its subscription was ended at KLIQ (%s)',
		async (how) => {
			const workflow = await tenant.publishTriggered();
			const end = async () => {
				const { id } = tenant.subscriptionOf(workflow);
				if (how === 'deleted') return await tenant.deleteAtKliq(id);
				stage.kliq.settings.liveness = how;
				stage.kliq.disable(id);
			};

			await end();
			await stage.republish(workflow.id);
			await tenant.expectHealthy(workflow);

			// One restart shows that n8n 2.x cannot heal this, and each shows that 1.x can.
			if (asksAtStart || how === 'deleted') {
				await end();
				await stage.n8n.restart();
				if (asksAtStart) await tenant.expectHealthy(workflow);
				else expect(tenant.subscriptionsTo(workflow)).toEqual([]);
			}
			await stage.unpublish(workflow.id);
			await tenant.expectNothingLeft(workflow);
		},
	);

	describe('when n8n comes back from a backup', () => {
		let neverPublished: TriggeredWorkflow;
		let published: TriggeredWorkflow;

		beforeAll(async () => {
			neverPublished = await tenant.createTriggered();
			published = await tenant.publishTriggered();
			await stage.n8n.stop({ keepData: true });
			await copyDatabase(dataFolder(), backupFolder());
			await stage.n8n.start();

			// What the backup knows nothing of: one was published, the other has a new subscription.
			await stage.publish(neverPublished.id);
			await stage.republish(published.id);
			await stage.n8n.stop({ keepData: true });
			await copyDatabase(backupFolder(), dataFolder());
			await stage.n8n.start();
		}, 240_000);

		it('leaves one subscription of the workflow that the backup has as published', async () => {
			if (!asksAtStart) {
				expect(await tenant.deliver(published)).toMatchObject({ status: 401 });
				expect(stage.n8n.logs()).toMatch(/refused a request: its signature does not fit/);
				await stage.republish(published.id);
			}
			await tenant.expectHealthy(published);
			await stage.unpublish(published.id);
			await tenant.expectNothingLeft(published);
		});

		it('leaves one subscription of the workflow that the backup has as not published', async () => {
			expect(tenant.subscriptionsTo(neverPublished)).toHaveLength(1);
			await stage.publish(neverPublished.id);
			await tenant.expectHealthy(neverPublished);
			await stage.unpublish(neverPublished.id);
			await tenant.expectNothingLeft(neverPublished);
		});

		const dataFolder = () => join(stage.n8n.userFolder, '.n8n');
		const backupFolder = () => stage.n8n.userFolder;
	});

	// The last, as n8n keeps the new address.
	it('follows n8n’s public address when it changes between unpublishing and publishing', async () => {
		const workflow = await tenant.publishTriggered();
		await stage.unpublish(workflow.id);
		await tenant.expectNothingLeft(workflow);

		const newAddress = stage.n8n.url.replace('127.0.0.1', 'localhost');
		await stage.n8n.restart({ webhookUrl: `${newAddress}/` });
		await stage.publish(workflow.id);
		const moved = { ...workflow, url: webhookUrl(newAddress, workflow.trigger) };
		await tenant.expectHealthy(moved);
		await tenant.expectNothingLeft(workflow);

		await stage.unpublish(workflow.id);
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
