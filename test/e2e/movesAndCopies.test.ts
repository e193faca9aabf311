import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { webhookUrl, type RunningN8n } from '../support/n8n';
import { freePort } from '../support/n8n/ports';
import type { TestBed } from '../support/testBed';
import { useTestBed } from '../support/useTestBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import { CHECK_INTERVAL_MS, expectReports, openTestBed, publishCase } from './support/healing';

describe(`KLIQ Trigger when its address changes or a copy has another one in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	useTestBed(openTestBed, (opened) => (testBed = opened));

	it('deletes its subscription at the old address where that leads here, and not where it leads nowhere', async () => {
		const published = await publishCase(testBed, { name: 'moved' });
		const { tenant, workflow } = published;
		const at = (address: string) => ({ ...workflow, url: webhookUrl(address, workflow.trigger) });
		const moveTo = async (address: string) =>
			await testBed.n8n.restart({ webhookUrl: `${address}/` });
		const idAt = (address: string) => tenant.subscriptionOf(at(address)).id;
		const nowhere = `http://127.0.0.1:${await freePort()}`;
		const alias = testBed.n8n.url.replace('127.0.0.1', 'localhost');

		await moveTo(alias);
		await tenant.expectHealthy(at(alias));
		await tenant.expectNothingLeft(workflow);
		expect(testBed.n8n.logs()).toContain('has deleted its webhook subscription for n8n’s earlier');

		await moveTo(nowhere);
		await waitFor(() => expect(idAt(nowhere)).toBeDefined());
		await tenant.expectNothingLeft(at(alias));
		await expectReports(published);

		await moveTo(testBed.n8n.url);
		await tenant.expectHealthy(workflow);
		const elsewhere = new RegExp(`for another address of n8n: ${nowhere}/`);
		await expectReports(published, elsewhere);
		await sleep(1.5 * CHECK_INTERVAL_MS);
		testBed.kliq.disable(idAt(nowhere));
		await tenant.expectNothingLeft(at(nowhere));
		await tenant.expectHealthy(workflow);
		await expectReports(published, elsewhere);
	});

	it('leaves the subscription of the n8n it was copied from alone', async () => {
		const original = await publishCase(testBed, { name: 'copied' });
		const { tenant, workflow } = original;
		const { id } = tenant.subscriptionOf(workflow);
		const copyBed = await openTestBed();
		try {
			await testBed.n8n.stop({ keepData: true });
			await copyBed.n8n.stop({ keepData: true });
			await copyData(testBed.n8n, copyBed.n8n);
			await testBed.n8n.start();
			await copyBed.n8n.start();
			await copyBed.client.login();
			const copied = { ...workflow, url: webhookUrl(copyBed.n8n.url, workflow.trigger) };
			const copy = { testBed: copyBed, workflow: copied };
			const expectBoth = async () => {
				await waitFor(() => expect(tenant.subscriptionOf(copied).live).toBe(true));
				expect(tenant.subscriptionOf(workflow).id).toBe(id);
				await tenant.expectHealthy(workflow);
				expect(await tenant.deliver(copied)).toMatchObject({ status: 200 });
			};

			await expectBoth();
			const elsewhere = (address: string) => new RegExp(`for another address of n8n: ${address}/`);
			await expectReports(copy, elsewhere(testBed.n8n.url));
			// The original knows nothing of a copy, until its list shows one.
			await expectReports(original, elsewhere(copyBed.n8n.url));
			await sleep(2 * CHECK_INTERVAL_MS);
			await expectBoth();
			await expectReports(copy, elsewhere(testBed.n8n.url));
			await copyBed.n8n.restart();
			await sleep(1.5 * CHECK_INTERVAL_MS);
			await expectBoth();
			await copyBed.unpublish(workflow.id);
			await tenant.expectNothingLeft(copied);
			await sleep(1.5 * CHECK_INTERVAL_MS);
			expect(tenant.subscriptionOf(workflow).id).toBe(id);
			await tenant.expectHealthy(workflow);
		} finally {
			await copyBed.close();
		}
	});
});

/** Makes one n8n a copy of another: SQLite's files, and the key that credentials are encrypted with. */
async function copyData(from: RunningN8n, to: RunningN8n): Promise<void> {
	const [source, target] = [from, to].map(({ userFolder }) => join(userFolder, '.n8n'));
	const isData = (name: string) => name === 'config' || name.startsWith('database.sqlite');
	for (const name of (await readdir(target)).filter(isData)) await rm(join(target, name));
	for (const name of (await readdir(source)).filter(isData)) {
		await copyFile(join(source, name), join(target, name));
	}
}
