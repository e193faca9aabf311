import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { IDataObject, INode } from 'n8n-workflow';

import { EXAMPLES, fillIn, hasSamples, kindOf, paste } from '../support/exampleWorkflow';
import { startMail, type Mail } from '../support/fakeServices';
import { outputOf, type WorkflowInput } from '../support/n8n';
import { JPEG, startPhotoServer, type PhotoServer } from '../support/photoServer';
import { sampleData } from '../support/simulator';
import { startSlack, type Slack } from '../support/slack';
import { TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { waitFor } from '../support/waitFor';

/** Nodes that do not run with the samples: other triggers, and what only other items come to. */
const NOT_SHOWN: Record<string, string[]> = {
	'catch-up': ['Every 10 Minutes', 'CV Jobs', 'Mine Soon?', 'Wait a Moment', 'Let Go'],
	'drop-repeats-when-last-node-finishes': ['Every Day', 'Forget Old Ones'],
	'missing-and-uncertain-products': ['Send without Photo'],
	'photo-to-answer': ['No Answer'],
};

describe(`the examples in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;
	let slack: Slack;
	let mail: Mail;
	let photos: PhotoServer;
	let credentials: Record<string, Record<string, string>>;

	beforeAll(async () => {
		[slack, mail, photos] = await Promise.all([startSlack(), startMail(), startPhotoServer()]);
		testBed = await TestBed.open(N8N_VERSION, { env: slack.env });
		const { client, credentialId: kliqApi } = testBed;
		const smtp = await client.createCredential({
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
		const slackApi = await client.createCredential({
			type: 'slackApi',
			name: 'Slack',
			data: slack.credential,
		});
		credentials = {
			kliqTrigger: { kliqApi },
			kliq: { kliqApi },
			emailSend: { smtp },
			slack: { slackApi },
		};
	});

	afterEach(async () => {
		await testBed?.reset();
	});

	afterAll(async () => {
		await testBed?.close();
		await slack?.stop();
		await mail?.stop();
		await photos?.stop();
	});

	const create = async (name: string): Promise<{ id: string; workflow: WorkflowInput }> => {
		const filledIn = fillIn(name, { credentials, slackChannel: slack.channel });
		const workflow = { ...filledIn, nodes: filledIn.nodes.map(withShortRetries) };
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

	it.each(EXAMPLES.filter(hasSamples))(
		'%s shows the whole flow with its samples, with nothing filled in',
		async (name) => {
			const { client } = testBed;
			const workflow = paste(name);
			const { id } = await client.createWorkflow(workflow);
			const start = workflow.nodes.find((node) => /[tT]rigger$/.test(node.type))!;
			const { executionId } = await client.runManually(id, start.name);
			const execution = await waitFor(async () => {
				const run = await client.execution(executionId!);
				expect(['success', 'waiting', 'error']).toContain(run.status);
				return run;
			});
			expect(execution.data.resultData.error).toBeUndefined();
			// A form's last page waits to be read.
			expect(execution.status).toBe(name === 'photo-to-answer' ? 'waiting' : 'success');
			const shown = Object.keys(execution.data.resultData.runData);
			const nodes = workflow.nodes.filter((node) => kindOf(node) !== 'stickyNote');
			expect(nodes.map((node) => node.name).filter((each) => !shown.includes(each))).toEqual(
				NOT_SHOWN[name] ?? [],
			);
		},
	);

	/** An observation at KLIQ whose photo is a file of the test's. */
	const observationWithPhoto = () =>
		testBed.kliq.seedObservation({ imageUrl: `${photos.url}/file/shelf.jpg` });

	/** Sends a `cv.job.failed` event and waits until its execution is over. */
	const fail = async (id: string, count: number, more: IDataObject = {}) => {
		const data = { ...sampleData['cv.job.failed'](), observationId: 'obs_gone', ...more };
		const { event } = testBed.kliq.emit('cv.job.failed', data);
		await executed(id, count);
		return event as typeof event & { data: Record<string, string> };
	};

	it('CV job failed → Slack: one message with the photo', async () => {
		const { id } = await publish('cv-job-failed-to-slack');
		const before = slack.messages.length;
		const observation = observationWithPhoto();
		const { data, timestamp } = await fail(id, 1, { observationId: observation.id });
		expect(slack.messages.slice(before)).toEqual([
			{
				channel: slack.channel,
				text: [
					'⚠️ KLIQ could not analyze a photo.',
					'Why: The image is too dark to find a shelf in it',
					`Observation: ${observation.id}`,
					`CV job: ${data.jobId} (shelf-detection-v2)`,
					`When: ${timestamp}`,
				].join('\n'),
				photo: { name: 'shelf.jpg', type: 'image/jpeg', content: JPEG },
			},
		]);
	});

	it('CV job failed → Slack: the message comes without the photo where there is none', async () => {
		const { id } = await publish('cv-job-failed-to-slack');
		const before = slack.messages.length;
		const reasons = ['Not a shelf <!channel> & so on', { message: 'No shelf' }, { code: 7 }, null];
		for (const [index, error] of reasons.entries()) await fail(id, index + 1, { error });
		const lines = slack.messages.slice(before).map(({ text }) => text.split('\n'));
		expect(lines.map(([, why]) => why)).toEqual([
			'Why: Not a shelf &lt;!channel&gt; &amp; so on',
			'Why: No shelf',
			'Why: {"code":7}',
			'Why: KLIQ gave no reason',
		]);
		const { error } = paste('cv-job-failed-to-slack').pinData['Get the Photo'][1].json;
		const why = String(error).replace('obs_sample2', 'obs_gone');
		expect(lines.map((each) => each.at(-1))).toEqual(
			reasons.map(() => `Photo: not attached (${why})`),
		);
	});

	it('CV job failed → Slack: the message comes without the photo where Slack does not take it', async () => {
		const { id } = await publish('cv-job-failed-to-slack');
		const before = slack.messages.length;
		slack.refuse('files.getUploadURLExternal', 'missing_scope', 3);
		await fail(id, 1, { observationId: observationWithPhoto().id });
		expect(slack.messages.slice(before)).toEqual([
			{
				channel: slack.channel,
				text: expect.stringMatching(/\nPhoto: not attached \(.*Slack.*Scopes\)$/),
			},
		]);

		// Once is tried again, and the photo goes along.
		slack.refuse('files.completeUploadExternal', 'internal_error', 1);
		await fail(id, 2, { observationId: observationWithPhoto().id });
		expect(slack.messages.slice(before + 1)).toEqual([
			expect.objectContaining({ photo: expect.anything() }),
		]);
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
	});

	it('missing and uncertain products: rows, and one message for a photo with a problem', async () => {
		const { id } = await publish('missing-and-uncertain-products');
		const before = slack.messages.length;
		const { id: observationId } = observationWithPhoto();
		const { result, ...job } = {
			...sampleData['cv.job.completed'](),
			observationId,
		} as unknown as { result: object; jobId: string };
		testBed.kliq.emit('cv.job.completed', { ...job, result });
		await executed(id);
		expect(slack.messages.slice(before)).toEqual([
			{
				channel: slack.channel,
				text: `🔍 Observation ${observationId}:\n• Empty facing: low confidence (81%)\n• Apple Juice 1L: missing`,
				photo: { name: 'shelf.jpg', type: 'image/jpeg', content: JPEG },
			},
		]);
		const ids = { observationId, jobId: job.jobId };
		expect(await given(id, 'One Row Each')).toEqual([
			{ product: 'Orange Juice 1L', confidence: 0.97, problem: '', ...ids },
			{ product: 'Empty facing', confidence: 0.81, problem: 'low confidence', ...ids },
			{ product: 'Apple Juice 1L', confidence: null, problem: 'missing', ...ids },
		]);

		const detections = ['Orange Juice 1L', ' apple juice 1l '].map((objectName) => ({
			objectName,
			confidence: 0.99,
		}));
		testBed.kliq.emit('cv.job.completed', { ...job, result: { ...result, detections } });
		await executed(id, 2);
		expect(slack.messages).toHaveLength(before + 1);

		// From here on without a photo.
		Object.assign(job, { observationId: 'obs_gone' });
		testBed.kliq.emit('cv.job.completed', { ...job, result: { detections: [] } });
		await executed(id, 3);
		expect(slack.messages.at(-1)?.text).toMatch(
			/Orange Juice 1L: missing\n• Apple Juice 1L: missing\nPhoto: not attached \(.*obs_gone.*\)$/,
		);
		const vague = [{ objectName: 'Apple Juice 1L' }, { confidence: 0.5 }];
		testBed.kliq.emit('cv.job.completed', { ...job, result: { detections: vague } });
		await executed(id, 4);
		expect(slack.messages.at(-1)?.text.split('\n').slice(1, -1)).toEqual([
			'• Apple Juice 1L: low confidence',
			'• unnamed product: low confidence (50%)',
			'• Orange Juice 1L: missing',
		]);
	});

	/** Fills in the form of the published example. @returns where its answer is shown */
	const askAbout = async (webhookId: string, location: string, photo: string) => {
		const url = `${testBed.n8n.url}/form/${webhookId}`;
		return (await submit(url, location, photo)).formWaitingUrl;
	};

	it('photo to answer: shows what was found in the photo, or why there is no answer', async () => {
		const { id, workflow } = await publish('photo-to-answer');
		const { webhookId } = workflow.nodes.find(({ type }) => type.endsWith('.formTrigger'))!;
		const ask = async (location: string, photo: string, title: string) => {
			const formWaitingUrl = await askAbout(webhookId!, location, photo);
			const page = await formPage(formWaitingUrl, title);
			await fetch(formWaitingUrl, { method: 'POST' });
			return page;
		};
		const { kliq } = testBed;
		kliq.settings.jobDurations = { queuedMs: 100, processingMs: 100 };
		const photo = 'https://images.example.com/shelf.jpg';

		const found = await ask(' loc_1 ', ` ${photo} `, 'What KLIQ found');
		expect(found).toMatch(/<table>.*Orange Juice 1L.*97%.*Empty facing.*81%.*<\/table>/s);
		expect(kliq.observations().at(-1)).toMatchObject({ locationId: 'loc_1', imageUrl: photo });
		expect(kliq.jobs().at(-1)).toMatchObject({ model: 'shelf-detection-v2', status: 'completed' });

		kliq.planJobEnd({ end: { result: { detections: [] } } });
		expect(await ask('loc_1', photo, 'What KLIQ found')).toContain(
			'KLIQ found nothing in this photo.',
		);
		const odd = [{ objectName: '<b>Tea</b> & more' }];
		kliq.planJobEnd({ end: { result: { detections: odd } } });
		expect(await ask('loc_1', photo, 'What KLIQ found')).toContain(
			'&lt;b&gt;Tea&lt;/b&gt; &amp; more',
		);

		const title = 'The photo could not be analyzed';
		kliq.planJobEnd({ end: { error: 'No shelf in <it>' } });
		expect(await ask('loc_1', photo, title)).toMatch(
			/The CV job job_\w+ failed: No shelf in &lt;it/,
		);
		expect(await ask('loc_1', 'shelf.jpg', title)).toMatch(/Image URL/);
		kliq.faults.next({ method: 'POST', path: /observations$/, status: 403 });
		expect(await ask('loc_1', photo, title)).toContain(
			'The API key is not allowed to do this at KLIQ',
		);
		await executed(id, 6);
	});

	const startCleanUp = async (part: string) => {
		const { id, workflow } = await create('clean-up-webhook-subscriptions');
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

/** The node with less time between its tries. */
const withShortRetries = (node: INode): INode =>
	node.retryOnFail ? { ...node, waitBetweenTries: 100 } : node;

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

/** The form's page that says so, as soon as the workflow has come to one. */
async function formPage(url: string, words: string): Promise<string> {
	const status = new URL(url);
	status.pathname += '/n8n-execution-status';
	await waitFor(async () => {
		const response = await fetch(status);
		expect(await response.text()).toBe('form-waiting');
	});
	const page = await (await fetch(url)).text();
	if (page.includes(words)) return page;
	throw new Error(`The form at ${url} does not say “${words}” but: ${page}`);
}
