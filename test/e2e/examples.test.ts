import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { sampleData } from '../support/kliq';
import { N8N_VERSIONS, type WorkflowInput } from '../support/n8n';
import { fillIn } from './support/example';
import { startChat, startMail, type Chat, type Mail } from './support/farEnds';
import { Stage } from './support/stage';

const EXECUTED_WITHIN_MS = 60_000;

describe.each(N8N_VERSIONS)('the examples in n8n %s', (version) => {
	let stage: Stage;
	let chat: Chat;
	let mail: Mail;
	let credentials: Record<string, Record<string, string>>;

	beforeAll(async () => {
		[stage, chat, mail] = await Promise.all([Stage.open(version), startChat(), startMail()]);
		const kliqApi = stage.credentialId;
		const smtp = await stage.client.createCredential({
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
		const n8nApi = await stage.client.createCredential({
			type: 'n8nApi',
			name: 'n8n',
			data: {
				apiKey: await stage.client.createApiKey(scopes),
				baseUrl: `${stage.n8n.url}/api/v1`,
			},
		});
		credentials = {
			kliqTrigger: { kliqApi },
			kliq: { kliqApi },
			emailSend: { smtp },
			n8n: { n8nApi },
		};
	}, 180_000);

	afterAll(async () => {
		await stage?.close();
		await chat?.stop();
		await mail?.stop();
	}, 60_000);

	const create = async (name: string): Promise<{ id: string; workflow: WorkflowInput }> => {
		const workflow = fillIn(name, { credentials, chatUrl: chat.url });
		const { id } = await stage.client.createWorkflow(workflow);
		return { id, workflow };
	};

	const publish = async (name: string) => {
		const created = await create(name);
		await stage.publish(created.id);
		return created;
	};

	const createWithoutWebhookId = async () => {
		const example = fillIn('cv-job-failed-to-slack', { credentials, chatUrl: chat.url });
		for (const node of example.nodes) delete node.webhookId;
		const { id } = await stage.client.createWorkflow(example);
		await stage.publish(id);
		return { id, url: stage.kliq.subscriptions().at(-1)!.url };
	};

	/** Waits for executions that have ended, and fails with the error of the first that failed. */
	const executed = async (id: string, count = 1) => {
		const executions = await stage.client.waitForExecutions(id, count, EXECUTED_WITHIN_MS);
		for (const execution of executions) {
			const { error } = (await stage.client.execution(execution.id)).data.resultData;
			if (error) throw error;
		}
	};

	it('CV job failed → Slack message', async () => {
		const { id } = await publish('cv-job-failed-to-slack');
		const before = chat.messages.length;
		const { event } = stage.kliq.emit('cv.job.failed');
		await executed(id);
		const { jobId, observationId } = event.data as Record<string, string>;
		expect(chat.messages.slice(before)).toEqual([
			expect.stringMatching(
				new RegExp(
					`too dark to find a shelf[^]*${observationId}[^]*${jobId}[^]*${event.timestamp}`,
				),
			),
		]);
		await stage.unpublish(id);
	}, 120_000);

	it('visit submitted → e-mail with the visit’s details', async () => {
		const { id } = await publish('visit-submitted-to-email');
		const { event } = stage.kliq.emit('visit.submitted');
		await executed(id);
		const { visitId } = event.data as Record<string, string>;
		expect(mail.received).toHaveLength(1);
		const text = mail.received[0].replace(/=\r\n/g, '').replace(/\r\n /g, ' ');
		expect(text).toContain('To: team@example.com');
		expect(text).toContain(`Subject: KLIQ: visit ${visitId} submitted`);
		expect(text).toContain(`visitId: ${visitId}`);
		expect(text).toContain('notes: Endcap rebuilt, price labels missing on the lower shelf');
		await stage.unpublish(id);
	}, 120_000);

	it('CV job completed → rows → alert about missing and uncertain products', async () => {
		const { id } = await publish('low-confidence-detections');
		const before = chat.messages.length;
		const { event } = stage.kliq.emit('cv.job.completed');
		await executed(id);
		const { observationId } = event.data as Record<string, string>;
		expect(chat.messages.slice(before)).toEqual([
			`:mag: Observation ${observationId}:\n• Empty facing: low confidence (81 %)\n• Apple Juice 1L: missing`,
		]);

		const { result, ...job } = sampleData['cv.job.completed']() as { result: object };
		const detections = ['Orange Juice 1L', 'Apple Juice 1L'].map((objectName) => ({
			objectName,
			confidence: 0.99,
		}));
		stage.kliq.emit('cv.job.completed', { ...job, result: { ...result, detections } });
		await executed(id, 2);
		expect(chat.messages).toHaveLength(before + 1);
		stage.kliq.emit('cv.job.completed', { ...job, result: { detections: [] } });
		await executed(id, 3);
		expect(chat.messages.at(-1)).toMatch(/Orange Juice 1L: missing\n• Apple Juice 1L: missing$/);
		await stage.unpublish(id);
	}, 180_000);

	it('watchdog: publishes again what KLIQ has switched off or lost, and only that', async () => {
		const [well, off, lost] = [
			await stage.publishTriggered(),
			await stage.publishTriggered(),
			await stage.publishTriggered(),
		];
		// The editor of 2.x gives none to a trigger that is pasted before it has loaded its type; then
		// 2.x makes one when the workflow is stored, and 1.x makes the URL of workflow and node.
		const unnamed = await createWithoutWebhookId();
		const idAt = ({ url }: { url: string }) => stage.subscriptionsTo(url)[0].id;
		const [wellId, offId, lostId, unnamedId] = [well, off, lost, unnamed].map(idAt);
		stage.kliq.disable(offId);
		const { apiKey, tenantId, baseUrl } = stage.kliq;
		await fetch(`${baseUrl}/tenants/${tenantId}/webhooks/${lostId}`, {
			method: 'DELETE',
			headers: { 'x-api-key': apiKey },
		});
		const before = chat.messages.length;

		const { id } = await create('watchdog');
		await stage.client.runManually(id, 'Every Hour');
		await executed(id);
		await until(() => [off, lost].every(({ url }) => stage.subscriptionsTo(url).length === 1));
		await stage.client.waitUntilPublished(off.id);
		await stage.client.waitUntilPublished(lost.id);

		expect(idAt(well)).toBe(wellId);
		expect(idAt(unnamed)).toBe(unnamedId);
		expect(stage.subscriptionsTo(off.url)).toMatchObject([{ live: true }]);
		expect(idAt(off)).not.toBe(offId);
		expect(chat.messages.slice(before)).toHaveLength(2);
		stage.kliq.emit('visit.submitted');
		for (const each of [well, off, lost]) await stage.eventsRun(each.id, 1, EXECUTED_WITHIN_MS);

		await stage.client.runManually(id, 'Every Hour');
		await executed(id, 2);
		expect(chat.messages.slice(before)).toHaveLength(2);
		for (const each of [well, off, lost, unnamed]) await stage.unpublish(each.id);
	}, 240_000);

	it.each([
		['Keep them', 2],
		['Delete them', 0],
	])(
		'clean up: lists by part of the URL and does as the person says: %s',
		async (answer, left) => {
			const other = stage.kliq.seedSubscription({
				url: `https://other.example.com/${left}`,
				events: ['visit.submitted'],
			});
			const host = `old-${left}.example.com`;
			for (const path of ['one', 'two']) {
				stage.kliq.seedSubscription({
					url: `https://${host}/${path}?a=<b>`,
					events: ['cv.job.failed'],
				});
			}
			const { id, workflow } = await create('clean-up');
			const form = workflow.nodes.find(({ type }) => type.endsWith('.formTrigger'))!;
			await stage.client.runManually(id, form.name);
			const first = await submit(`${stage.n8n.url}/form-test/${form.webhookId}`, host);
			const page = await formPage(first.formWaitingUrl, '2 at KLIQ');
			expect(page).toContain(`https://${host}/one`);
			expect(page).toContain(`https://${host}/two`);
			expect(page).not.toContain(other.url);
			expect(stage.kliq.subscriptions().filter(({ url }) => url.includes(host))).toHaveLength(2);

			// The list is the form's first field, the answer its second.
			await submit(first.formWaitingUrl, undefined, answer);
			await until(
				() => stage.kliq.subscriptions().filter(({ url }) => url.includes(host)).length === left,
			);
			await formPage(
				first.formWaitingUrl,
				left === 0 ? '2 deleted, 0 failed' : 'Nothing was deleted',
			);
			// As the page's own script does; it ends the execution.
			await fetch(first.formWaitingUrl, { method: 'POST' });
			await executed(id);
			expect(stage.subscriptionsTo(other.url)).toHaveLength(1);
		},
		120_000,
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
	let last = '';
	for (const end = Date.now() + 40_000; Date.now() < end; await sleep(300)) {
		try {
			const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
			last = await response.text();
			if (response.ok && last.includes(words)) return last;
		} catch (error) {
			last = String(error);
		}
	}
	throw new Error(`No form at ${url} says “${words}”, but: ${last}`);
}

async function until(isSo: () => boolean, withinMs = 60_000): Promise<void> {
	for (const end = Date.now() + withinMs; !isSo(); await sleep(200)) {
		if (Date.now() > end) throw new Error(`Waited ${withinMs} ms in vain until ${isSo.toString()}`);
	}
}
