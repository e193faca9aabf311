import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import { IsolatedTenant } from '../support/isolatedTenant';
import { buildWebhookNode, chain, isN8nV1 } from '../support/n8n';
import { freePort } from '../support/n8n/ports';
import { runCases } from '../support/parallel';
import type { Fault } from '../support/simulator';
import { LAZY_EXPRESSIONS, SQLITE_POOL, TestBed } from '../support/testBed';
import { useTestBed } from '../support/useTestBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';
import { describeLifecycleFaults } from './scenarios/lifecycleFaults';
import {
	CHECK_INTERVAL_MS,
	expectReports,
	publishCase,
	reportsOf,
	type PublishedCase,
} from './support/healing';

/** Longer than anything here waits for KLIQ. */
const HANGING_MS = 300_000;

/** KLIQ may hold a publication up for 10 s; n8n 2.x would give it up after 80 s. */
const MAX_PUBLISH_MS = 50_000;
/** n8n 2.x tries five times within 16 s. */
const MAX_REFUSAL_MS = 80_000;

/** A way in which KLIQ fails, and what a person reads of it. */
interface Trouble {
	name: string;
	faults?: Array<Omit<Fault, 'path' | 'times'>>;
	/** What the credential says instead, where KLIQ cannot be reached by it. */
	credential?: () => Promise<IDataObject>;
	message: RegExp;
	/** What publishing says beyond it. */
	advice?: RegExp;
	/** Whether a publication fails: only a person can end it, or so it seems. */
	failsPublishing?: boolean;
	/** Whether the owner of a workflow that is subscribed is told. */
	needsPerson?: boolean;
}

const HTML = { body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } };

const TROUBLES: Trouble[] = [
	{ name: '503', faults: [{ status: 503 }], message: /KLIQ is not working right now \(HTTP 503\)/ },
	{
		name: '429',
		faults: [{ status: 429, headers: { 'retry-after': '3600' } }],
		message: /KLIQ is receiving too many requests/,
		advice: /KLIQ asks to come back in 60 minutes/,
	},
	{
		name: '401',
		faults: [{ status: 401 }],
		message: /KLIQ did not accept the API key/,
		failsPublishing: true,
		needsPerson: true,
	},
	{
		name: '403',
		faults: [{ status: 403 }],
		message: /not allowed to do this at KLIQ/,
		advice: /webhooks:manage/,
		failsPublishing: true,
		needsPerson: true,
	},
	{
		name: '404',
		faults: [{ status: 404 }],
		message: /KLIQ does not know the tenant/,
		failsPublishing: true,
		needsPerson: true,
	},
	{
		name: 'a web page',
		faults: [{ status: 403, ...HTML }],
		message: /did not come from KLIQ’s API/,
		failsPublishing: true,
	},
	{ name: 'nothing at all', faults: [{ delayMs: HANGING_MS }], message: /did not answer in time/ },
	{
		name: 'only DELETE works',
		faults: [
			{ method: 'GET', status: 503 },
			{ method: 'POST', status: 503 },
		],
		message: /KLIQ is not working right now \(HTTP 503\)/,
	},
	{
		name: 'connection refused',
		credential: async () => ({ baseUrl: `http://127.0.0.1:${await freePort()}/v1` }),
		message: /the connection was refused/,
	},
];

type TroubleCase = Trouble & { published: PublishedCase };

const secondsSince = (begun: number) => `${((Date.now() - begun) / 1_000).toFixed(1)} s`;

describe(`KLIQ Trigger while KLIQ is in trouble in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	useTestBed(
		async () =>
			await TestBed.open(N8N_VERSION, {
				checkIntervalMs: CHECK_INTERVAL_MS,
				env: { ...SQLITE_POOL, ...LAZY_EXPRESSIONS },
			}),
		(opened) => (testBed = opened),
	);

	async function begin({
		faults = [],
		credential,
		published: { tenant },
	}: TroubleCase): Promise<void> {
		for (const fault of faults) tenant.plan({ ...fault, times: Infinity });
		if (credential) await tenant.changeCredential(await credential());
	}

	async function end(all: TroubleCase[]): Promise<void> {
		testBed.kliq.faults.clear();
		for (const { credential, published } of all)
			if (credential) await published.tenant.changeCredential({});
	}

	async function publishAll(): Promise<TroubleCase[]> {
		const all: TroubleCase[] = [];
		// One after the other: n8n 1.x publishes so.
		for (const trouble of TROUBLES) {
			all.push({ ...trouble, published: await publishCase(testBed, trouble) });
		}
		return all;
	}

	const expectHealthy = async ({ published: { tenant, workflow } }: TroubleCase) =>
		await tenant.expectHealthy(workflow);

	const idsOf = (all: TroubleCase[]) =>
		all.map(({ published: { tenant, workflow } }) => tenant.subscriptionOf(workflow).id);

	it('keeps subscriptions over starts and checks, accepts events, holds nothing up, and heals later', async () => {
		const all = await publishAll();
		const ids = idsOf(all);
		// Credentials can be changed only while n8n runs.
		for (const each of all.filter(({ credential }) => credential)) await begin(each);
		await testBed.n8n.kill();
		for (const each of all.filter(({ credential }) => !credential)) await begin(each);
		await testBed.n8n.restart();
		await runCases(all, expectHealthy);
		const other = buildWebhookNode({ type: 'n8n-nodes-base.webhook', name: 'Webhook' });
		const node = { ...other, parameters: { path: other.webhookId, httpMethod: 'GET' } };
		const { id } = await testBed.client.createWorkflow({ name: 'Without KLIQ', ...chain([node]) });
		await testBed.publish(id);
		expect((await fetch(`${testBed.n8n.url}/webhook/${other.webhookId}`)).status).toBe(200);

		await sleep(2.5 * CHECK_INTERVAL_MS);
		expect(idsOf(all)).toEqual(ids);
		for (const { published, needsPerson, message } of all) {
			await expectReports(published, ...(needsPerson ? [message] : []));
		}

		for (const id of ids) testBed.kliq.disable(id);
		await end(all);
		await runCases(all, expectHealthy);
	});

	it('publishes, unless only a person can end the trouble, says why, and is subscribed soon after its end', async () => {
		const all: TroubleCase[] = [];
		for (const trouble of TROUBLES) {
			const tenant = await IsolatedTenant.on(testBed);
			const workflow = await tenant.createTriggered({ name: trouble.name });
			all.push({ ...trouble, published: { testBed, tenant, workflow, name: trouble.name } });
		}
		for (const each of all) await begin(each);
		const rows = new Map(all.map(({ name }) => [name, [name]]));
		const note = (name: string, begun: number, text: string) =>
			rows.get(name)!.push(secondsSince(begun), text);

		await runCases(all, async (each) => {
			const { published, message, advice = message, failsPublishing, name } = each;
			const begun = Date.now();
			const told = await testBed.publish(published.workflow.id).then(
				() => 'published',
				(error: Error) => error.message,
			);
			note(name, begun, told.split('. ')[0]);
			expect(Date.now() - begun).toBeLessThan(failsPublishing ? MAX_REFUSAL_MS : MAX_PUBLISH_MS);
			if (!failsPublishing) {
				expect(told).toBe('published');
				// Told once, whatever the minutes bring.
				await expectReports(published, message);
				expect((await reportsOf(published))[0]).toMatch(/published but not subscribed yet/);
				return;
			}
			for (const part of [message, advice, HOW_TO_PUBLISH_AGAIN]) expect(told).toMatch(part);
			await published.tenant.expectNothingLeft(published.workflow);
		});
		await sleep(1.5 * CHECK_INTERVAL_MS);

		const ended = Date.now();
		await end(all);
		await runCases(all, async ({ published, message, failsPublishing, name }) => {
			const { tenant, workflow } = published;
			if (failsPublishing) await publishAgain(workflow.id);
			await waitFor(() => expect(tenant.subscriptionsTo(workflow)).toHaveLength(1));
			note(name, ended, failsPublishing ? 'published again' : 'by itself');
			await tenant.expectHealthy(workflow);
			await expectReports(published, ...(failsPublishing ? [] : [message]));
		});
		const table = [...rows.values()].map((cells) => `  ${cells.join(' | ')}\n`).join('');
		process.stderr.write(
			`${N8N_VERSION}: trouble | publishing | says | subscribed after its end\n${table}`,
		);
		for (const { published } of all) {
			await testBed.unpublish(published.workflow.id);
			await published.tenant.expectNothingLeft(published.workflow);
		}
	});

	/** What our message says, by version. */
	const HOW_TO_PUBLISH_AGAIN = isN8nV1(N8N_VERSION)
		? /Then publish the workflow again\.$/
		: /Then unpublish the workflow \(arrow beside Publish\), and publish it again\.$/;

	const publishAgain = async (id: string) =>
		await (isN8nV1(N8N_VERSION) ? testBed.publish(id) : testBed.republish(id));

	it('says in the log what is left when unpublishing failed', async () => {
		const all = await publishAll();
		for (const each of all) await begin(each);
		await runCases(all, async ({ published: { workflow, tenant }, message, name }) => {
			const begun = Date.now();
			await testBed.unpublish(workflow.id);
			process.stderr.write(`${N8N_VERSION}: unpublishing, ${name}: ${secondsSince(begun)}\n`);
			const isGone = tenant.subscriptionsTo(workflow).length === 0;
			expect(isGone).toBe(name === 'only DELETE works');
			const line = testBed.n8n
				.logs()
				.split('\n')
				.find((each) => each.includes('may still hold') && each.includes(workflow.url));
			expect(line).toMatch(message);
		});
		await end(all);
	});

	describeLifecycleFaults(async (kliq) => await testBed.withAnotherKliq(kliq));
});
