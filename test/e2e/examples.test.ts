import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { EXAMPLES, fillIn, readExample } from '../support/exampleWorkflow';
import { startChat, startMail, type Chat, type Mail } from '../support/fakeServices';
import { outputOf, type WorkflowInput } from '../support/n8n';
import { sampleData } from '../support/simulator';
import { TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';

const NEEDS_CREDENTIAL = ['kliqTrigger', 'kliq', 'emailSend'];

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
	let credentials: Record<string, Record<string, string>>;

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
		credentials = {
			kliqTrigger: { kliqApi },
			kliq: { kliqApi },
			emailSend: { smtp },
		};
	});

	afterAll(async () => {
		await testBed?.close();
		await chat?.stop();
		await mail?.stop();
	});

	const create = async (name: string): Promise<{ id: string; workflow: WorkflowInput }> => {
		const workflow = fillIn(name, { credentials, chatUrl: chat.url });
		const { id } = await testBed.client.createWorkflow(workflow);
		return { id, workflow };
	};

	const publish = async (name: string) => {
		const created = await create(name);
		await testBed.publish(created.id);
		return created;
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
