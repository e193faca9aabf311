import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { EXAMPLES, fillIn, readExample } from '../support/exampleWorkflow';
import {
	startChat,
	startGateway,
	startMail,
	type Chat,
	type Gateway,
	type Mail,
} from '../support/fakeServices';
import { isN8nV1, outputOf, webhookUrl, type WorkflowInput } from '../support/n8n';
import { sampleData } from '../support/simulator';
import { TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';

const NEEDS_CREDENTIAL = ['kliqTrigger', 'kliq', 'emailSend', 'n8n'];

it.each(EXAMPLES)('the notes of %s name every node that has something to fill in', (name) => {
	const { nodes } = readExample(name);
	const notes = nodes
		.filter(({ type }) => type.endsWith('.stickyNote'))
		.map(({ parameters }) => parameters.content)
		.join('\n');
	const toFillIn = nodes.filter(
		({ type, parameters }) =>
			NEEDS_CREDENTIAL.includes(type.split('.')[1]) || String(parameters.url).includes('YOUR'),
	);
	expect(toFillIn).not.toEqual([]);
	expect(toFillIn.filter((node) => !notes.includes(`**${node.name}**`))).toEqual([]);
});

describe(`the examples in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;
	let chat: Chat;
	let mail: Mail;
	let gateway: Gateway;
	let credentials: Record<string, Record<string, string>>;
	let throughGateway: typeof credentials;

	beforeAll(async () => {
		[testBed, chat, mail] = await Promise.all([
			TestBed.open(N8N_VERSION),
			startChat(),
			startMail(),
		]);
		const kliqApi = testBed.credentialId;
		const smtp = await testBed.client.createCredential({
			type: 'smtp',
			name: 'SMTP',
			data: {
				user: 'n8n',
				password: 'secret',
				host: '127.0.0.1',
				port: mail.port,
				secure: false,
				disableStartTls: true,
			},
		});
		const scopes = ['workflow:list', 'workflow:activate', 'workflow:deactivate'];
		const apiKey = await testBed.client.createApiKey(scopes);
		const apiAt = async (url: string) =>
			await testBed.client.createCredential({
				type: 'n8nApi',
				name: 'n8n',
				data: { apiKey, baseUrl: `${url}/api/v1` },
			});
		gateway = await startGateway(testBed.n8n.url);
		credentials = {
			kliqTrigger: { kliqApi },
			kliq: { kliqApi },
			emailSend: { smtp },
			n8n: { n8nApi: await apiAt(testBed.n8n.url) },
		};
		throughGateway = { ...credentials, n8n: { n8nApi: await apiAt(gateway.url) } };
	});

	afterAll(async () => {
		await testBed?.close();
		await chat?.stop();
		await mail?.stop();
		await gateway?.stop();
	});

	const create = async (
		name: string,
		filledIn = credentials,
	): Promise<{ id: string; workflow: WorkflowInput }> => {
		const workflow = fillIn(name, { credentials: filledIn, chatUrl: chat.url });
		const { id } = await testBed.client.createWorkflow(workflow);
		return { id, workflow };
	};

	const publish = async (name: string) => {
		const created = await create(name);
		await testBed.publish(created.id);
		return created;
	};

	const createWithoutWebhookId = async () => {
		const example = fillIn('cv-job-failed-to-slack', { credentials, chatUrl: chat.url });
		for (const node of example.nodes) delete node.webhookId;
		const { id } = await testBed.client.createWorkflow(example);
		await testBed.publish(id);
		return { id, url: testBed.kliq.subscriptions().at(-1)!.url };
	};

	const publishNamed = async (name: string) => {
		const example = fillIn('cv-job-failed-to-slack', { credentials, chatUrl: chat.url });
		const { id } = await testBed.client.createWorkflow({ ...example, name });
		await testBed.publish(id);
		const { webhookId } = example.nodes.find(({ type }) => type.endsWith('.kliqTrigger'))!;
		return { id, url: webhookUrl(testBed.n8n.url, { webhookId: webhookId! }) };
	};

	/** Waits for executions that have ended, and fails with the error of the first that failed. */
	const executed = async (id: string, count = 1) => {
		const executions = await testBed.client.waitForExecutions(id, count);
		for (const execution of executions) {
			const { error } = (await testBed.client.execution(execution.id)).data.resultData;
			if (error) throw error;
		}
	};

	/** What a node gave out in the newest execution. */
	const given = async (id: string, node: string) => {
		const [{ id: executionId }] = await testBed.client.executions(id);
		return outputOf(await testBed.client.execution(executionId), node);
	};

	const deleteAtKliq = async (subscriptionId: string) => {
		const { apiKey, tenantId, baseUrl } = testBed.kliq;
		await fetch(`${baseUrl}/tenants/${tenantId}/webhooks/${subscriptionId}`, {
			method: 'DELETE',
			headers: { 'x-api-key': apiKey },
		});
	};

	const idAt = ({ url }: { url: string }) => testBed.subscriptionsTo(url)[0].id;

	it('CV job failed → Slack message', async () => {
		const { id } = await publish('cv-job-failed-to-slack');
		const before = chat.messages.length;
		const { event } = testBed.kliq.emit('cv.job.failed');
		await executed(id);
		const { jobId, observationId } = event.data as Record<string, string>;
		expect(chat.messages.slice(before)).toEqual([
			expect.stringMatching(
				new RegExp(
					`^⚠️ KLIQ could not analyze a photo\\.\nWhy: .* too dark to find a shelf[^]*${observationId}[^]*${jobId}[^]*${event.timestamp}$`,
				),
			),
		]);

		const reasons = [{ message: 'No shelf' }, { code: 7 }, null];
		for (const [index, error] of reasons.entries()) {
			testBed.kliq.emit('cv.job.failed', { ...(event.data as object), error });
			await executed(id, index + 2);
		}
		const why = chat.messages.slice(before + 1).map((message) => message.split('\n')[1]);
		expect(why).toEqual(['Why: No shelf', 'Why: {"code":7}', 'Why: KLIQ gave no reason']);
		await testBed.unpublish(id);
	});

	it('visit submitted → e-mail with the visit’s details', async () => {
		const { id } = await publish('visit-submitted-to-email');
		const { event } = testBed.kliq.emit('visit.submitted');
		await executed(id);
		const { visitId } = event.data as Record<string, string>;
		expect(mail.received).toHaveLength(1);
		const text = mail.received[0].replace(/=\r\n/g, '').replace(/\r\n /g, ' ');
		expect(text).toContain('To: team@example.com');
		expect(text).toContain(`Subject: KLIQ: visit ${visitId} submitted`);
		expect(text).toContain(`visitId: ${visitId}`);
		expect(text).toContain('notes: Endcap rebuilt, price labels missing on the lower shelf');
		await testBed.unpublish(id);
	});

	it('CV job completed → rows → alert about missing and uncertain products', async () => {
		const { id } = await publish('low-confidence-detections');
		const before = chat.messages.length;
		const { event } = testBed.kliq.emit('cv.job.completed');
		await executed(id);
		const { observationId, jobId } = event.data as Record<string, string>;
		expect(chat.messages.slice(before)).toEqual([
			`🔍 Observation ${observationId}:\n• Empty facing: low confidence (81%)\n• Apple Juice 1L: missing`,
		]);
		const ids = { observationId, jobId };
		expect(await given(id, 'One Row Each')).toEqual([
			{ product: 'Orange Juice 1L', confidence: 0.97, problem: '', ...ids },
			{ product: 'Empty facing', confidence: 0.81, problem: 'low confidence', ...ids },
			{ product: 'Apple Juice 1L', confidence: null, problem: 'missing', ...ids },
		]);

		const { result, ...job } = sampleData['cv.job.completed']() as { result: object };
		const detections = ['Orange Juice 1L', ' apple juice 1l '].map((objectName) => ({
			objectName,
			confidence: 0.99,
		}));
		testBed.kliq.emit('cv.job.completed', { ...job, result: { ...result, detections } });
		await executed(id, 2);
		expect(chat.messages).toHaveLength(before + 1);
		testBed.kliq.emit('cv.job.completed', { ...job, result: { detections: [] } });
		await executed(id, 3);
		expect(chat.messages.at(-1)).toMatch(/Orange Juice 1L: missing\n• Apple Juice 1L: missing$/);
		const vague = [{ objectName: 'Apple Juice 1L' }, { confidence: 0.5 }];
		testBed.kliq.emit('cv.job.completed', { ...job, result: { detections: vague } });
		await executed(id, 4);
		expect(chat.messages.at(-1)?.split('\n').slice(1)).toEqual([
			'• Apple Juice 1L: low confidence',
			'• unnamed product: low confidence (50%)',
			'• Orange Juice 1L: missing',
		]);
		await testBed.unpublish(id);
	});

	it('watchdog: publishes again what KLIQ has switched off or lost, and only that', async () => {
		const [well, off, lost] = [
			await testBed.publishTriggered(),
			await testBed.publishTriggered(),
			await testBed.publishTriggered(),
		];
		// The editor of 2.x gives none to a trigger that is pasted before it has loaded its type; then
		// 2.x makes one when the workflow is stored, and 1.x makes the URL of workflow and node.
		const unnamed = await createWithoutWebhookId();
		const [wellId, offId, lostId, unnamedId] = [well, off, lost, unnamed].map(idAt);
		testBed.kliq.disable(offId);
		await deleteAtKliq(lostId);
		// Neither feeds the published trigger.
		const path = `${lost.trigger.webhookId}/webhook`;
		const others = [
			`${testBed.n8n.url}/webhook-test/${path}`,
			`https://old.example.com/webhook/${path}`,
		].map((url) => testBed.kliq.seedSubscription({ url, events: ['visit.submitted'] }));
		const before = chat.messages.length;

		const { id } = await create('watchdog');
		await testBed.client.runManually(id, 'Every Hour');
		await executed(id);
		await waitFor(() => {
			for (const { url } of [off, lost]) expect(testBed.subscriptionsTo(url)).toHaveLength(1);
		});
		await testBed.client.waitUntilPublished(off.id);
		await testBed.client.waitUntilPublished(lost.id);

		expect(idAt(well)).toBe(wellId);
		expect(idAt(unnamed)).toBe(unnamedId);
		expect(testBed.subscriptionsTo(off.url)).toMatchObject([{ live: true }]);
		expect(idAt(off)).not.toBe(offId);
		const told = 'KLIQ had stopped sending events to “On a KLIQ event”; it is published again.';
		expect(chat.messages.slice(before)).toEqual([`⚠️ ${told}`, `⚠️ ${told}`]);
		for (const { url } of others) expect(testBed.subscriptionsTo(url)).toHaveLength(1);
		testBed.kliq.emit('visit.submitted');
		for (const each of [well, off, lost]) await testBed.eventsRun(each.id, 1);

		await testBed.client.runManually(id, 'Every Hour');
		await executed(id, 2);
		expect(chat.messages.slice(before)).toHaveLength(2);
		for (const each of [well, off, lost, unnamed]) await testBed.unpublish(each.id);
	});

	it('watchdog: tries again, and tells the team what it could not publish again', async () => {
		const names = ['busy', 'stuck', 'still'];
		const [busy, stuck, still] = await Promise.all(names.map(publishNamed));
		for (const workflow of [busy, stuck, still]) await deleteAtKliq(idAt(workflow));
		const pathOf = ({ id }: { id: string }, verb: string) => `/api/v1/workflows/${id}/${verb}`;
		gateway.refuse(pathOf(busy, 'activate'), 2);
		gateway.refuse(pathOf(stuck, 'activate'), 5);
		gateway.refuse(pathOf(still, 'deactivate'), 1);
		const before = chat.messages.length;

		const { id } = await create('watchdog', throughGateway);
		await testBed.client.runManually(id, 'Every Hour');
		await executed(id);
		expect(chat.messages.slice(before).sort()).toEqual([
			'⚠️ KLIQ had stopped sending events to “busy”; it is published again.',
			expect.stringMatching(/“still” and it could not .* \(.+\): publish it by hand\.$/),
			expect.stringMatching(/“stuck” and it could not .* \(.+\): publish it by hand\.$/),
		]);
		await waitFor(() => expect(testBed.subscriptionsTo(busy.url)).toHaveLength(1));
		await testBed.client.waitUntilPublished(busy.id);
		expect(await testBed.client.workflow(stuck.id)).toMatchObject({ active: false });
		for (const each of [busy, still]) await testBed.unpublish(each.id);
	});

	if (!isN8nV1(N8N_VERSION)) {
		it('watchdog: publishes the version that was published, not a draft', async () => {
			const { id: triggered, trigger, url } = await testBed.publishTriggered();
			const { activeVersionId } = await testBed.client.workflow(triggered);
			const events = ['cv.job.failed'];
			const draft = { ...trigger, parameters: { ...trigger.parameters, events } };
			await testBed.client.updateWorkflow(triggered, { nodes: [draft] });
			await deleteAtKliq(idAt({ url }));

			const { id } = await create('watchdog');
			await testBed.client.runManually(id, 'Every Hour');
			await executed(id);
			await waitFor(() => expect(testBed.subscriptionsTo(url)).toHaveLength(1));
			await testBed.client.waitUntilPublished(triggered);
			const now = await testBed.client.workflow(triggered);
			expect(now.activeVersionId).toBe(activeVersionId);
			expect(now.versionId).not.toBe(activeVersionId);
			expect(testBed.subscriptionsTo(url)).not.toMatchObject([{ events }]);
			await testBed.unpublish(triggered);
		});
	}

	const startCleanUp = async (part: string) => {
		const { id, workflow } = await create('clean-up');
		const form = workflow.nodes.find(({ type }) => type.endsWith('.formTrigger'))!;
		await testBed.client.runManually(id, form.name);
		const { formWaitingUrl } = await submit(`${testBed.n8n.url}/form-test/${form.webhookId}`, part);
		return { id, formWaitingUrl };
	};

	/** As the last page's own script does; it ends the execution. */
	const leaveForm = async (id: string, formWaitingUrl: string) => {
		await fetch(formWaitingUrl, { method: 'POST' });
		await executed(id);
	};

	it.each([
		['Keep them', 2],
		['Delete them', 0],
	])('clean up: lists by part of the URL and does as the person says: %s', async (answer, left) => {
		const other = testBed.kliq.seedSubscription({
			url: `https://other.example.com/${left}`,
			events: ['visit.submitted'],
		});
		const host = `old-${left}.example.com`;
		for (const path of ['one', 'two']) {
			testBed.kliq.seedSubscription({
				url: `https://${host}/${path}?a=<b>`,
				events: ['cv.job.failed'],
			});
		}
		const { id, formWaitingUrl } = await startCleanUp(` ${host} `);
		const page = await formPage(formWaitingUrl, '2 at KLIQ');
		expect(page).toContain(`https://${host}/one`);
		expect(page).toContain(`https://${host}/two`);
		expect(page).not.toContain(other.url);
		const found = () => testBed.kliq.subscriptions().filter(({ url }) => url.includes(host));
		expect(found()).toHaveLength(2);

		// The list is the form's first field, the answer its second.
		await submit(formWaitingUrl, undefined, answer);
		await waitFor(() => expect(found()).toHaveLength(left));
		await formPage(formWaitingUrl, left === 0 ? '2 deleted, 0 failed' : 'Nothing was deleted');
		await leaveForm(id, formWaitingUrl);
		expect(testBed.subscriptionsTo(other.url)).toHaveLength(1);
	});

	it('clean up: shows what is off, and what could not be deleted', async () => {
		const host = 'stubborn.example.com';
		const [first, second] = ['one', 'two'].map((path) =>
			testBed.kliq.seedSubscription({ url: `https://${host}/${path}`, events: ['cv.job.failed'] }),
		);
		testBed.kliq.disable(second.id);
		testBed.kliq.faults.next({ method: 'DELETE', status: 403, path: new RegExp(`${first.id}$`) });

		const { id, formWaitingUrl } = await startCleanUp(host);
		const page = await formPage(formWaitingUrl, '2 at KLIQ');
		expect(page.match(/<b>off<\/b>/g)).toHaveLength(1);
		expect(page).toMatch(/two<br ?\/?>cv\.job\.failed<br ?\/?><b>off/);
		await submit(formWaitingUrl, undefined, 'Delete them');
		const end = await formPage(formWaitingUrl, '1 deleted, 1 failed');
		expect(end).toMatch(new RegExp(`${first.url}: \\S+`));
		expect(end).not.toContain(second.url);
		await leaveForm(id, formWaitingUrl);
		expect(testBed.kliq.subscriptions().filter(({ url }) => url.includes(host))).toEqual([
			expect.objectContaining({ id: first.id }),
		]);
	});

	it.each(['nowhere.example.com', '  '])(
		'clean up: asks nothing when no URL has “%s” in it',
		async (part) => {
			const before = testBed.kliq.subscriptions();
			const { id, formWaitingUrl } = await startCleanUp(part);
			await formPage(formWaitingUrl, 'Nothing found');
			await leaveForm(id, formWaitingUrl);
			const [{ id: executionId }] = await testBed.client.executions(id);
			const { runData } = (await testBed.client.execution(executionId)).data.resultData;
			expect(Object.keys(runData)).not.toContain('Agree');
			expect(testBed.kliq.subscriptions()).toEqual(before);
		},
	);
});

/** Sends a form as a browser does: its fields in order, those left out not sent. */
async function submit(url: string, ...answers: Array<string | undefined>) {
	const form = new FormData();
	answers.forEach((answer, index) => {
		if (answer !== undefined) form.set(`field-${index}`, answer);
	});
	const response = await fetch(url, { method: 'POST', body: form });
	const text = await response.text();
	if (!response.ok) throw new Error(`${url} was answered ${response.status}: ${text}`);
	return JSON.parse(text) as { formWaitingUrl: string };
}

/**
 * The form's page that says so, as soon as the workflow has come to it. While the workflow runs, n8n leaves
 * the request without an answer.
 */
async function formPage(url: string, words: string): Promise<string> {
	return await waitFor(async () => {
		const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
		const page = await response.text();
		if (response.ok && page.includes(words)) return page;
		throw new Error(`The form at ${url} does not say “${words}” but: ${page}`);
	});
}
