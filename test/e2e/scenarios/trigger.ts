import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { kliqCredential } from '../../support/kliqCredential';
import { buildNode, webhookUrl } from '../../support/n8n';
import { KLIQ_EVENT_TYPES, type KliqEventType } from '../../support/simulator';
import { isSameWithoutQuery } from '../../support/subscriptionUrl';
import type { OpenTestBed, TestBed, TriggeredWorkflow } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';

const REFUSED = { status: 401, body: '{"error":"Invalid signature"}' };
const ignored = (why: string) => ({
	status: 200,
	body: JSON.stringify({ received: true, ignored: why }),
});

export function describeTrigger(openTestBed: OpenTestBed): void {
	describe(`KLIQ Trigger in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;

		beforeAll(async () => {
			testBed = await openTestBed();
		});

		afterAll(async () => {
			await testBed?.close();
		});

		const secretOf = ({ url }: TriggeredWorkflow) => testBed.subscriptionsTo(url)[0].secret;

		const deliver = async (
			workflow: TriggeredWorkflow,
			body: string | Buffer,
			more: { signature?: string | string[]; headers?: Record<string, string | string[]> } = {},
		) =>
			await testBed.kliq.deliverRaw({
				url: workflow.url,
				secret: secretOf(workflow),
				body,
				...more,
			});

		/** Fails if there are other executions than `before` and that of one more event, sent now. */
		const expectNothingRan = async (workflow: TriggeredWorkflow, before: number) => {
			const good = { id: 'evt_good', type: 'visit.submitted' };
			expect(await deliver(workflow, JSON.stringify(good))).toMatchObject({ status: 200 });
			const ran = await testBed.client.waitForExecutions(workflow.id, before + 1);
			expect(await testBed.eventsOf(ran.slice(0, 1))).toEqual([good]);
			expect(await testBed.client.executions(workflow.id)).toHaveLength(before + 1);
		};

		const sharedSecretCredential = async (signingSecret: string) =>
			await testBed.client.createCredential({
				type: 'kliqApi',
				name: 'KLIQ with a signing secret',
				data: kliqCredential(testBed.kliq, { signingSecret }),
			});

		describe.each(['generated', 'credential'])('with the secret: %s', (kind) => {
			const SHARED = 'whsec_shared_by_all_triggers';
			let workflow: TriggeredWorkflow;

			beforeAll(async () => {
				const credentialId =
					kind === 'credential' ? await sharedSecretCredential(SHARED) : testBed.credentialId;
				workflow = await testBed.publishTriggered({ credentialId });
			});

			it('subscribes once, with our URL, the chosen events and that secret', () => {
				expect(testBed.subscriptionsTo(workflow.url)).toEqual([
					expect.objectContaining({ events: [...KLIQ_EVENT_TYPES], live: true }),
				]);
				expect(secretOf(workflow)).toMatch(kind === 'credential' ? SHARED : /^whsec_[0-9a-f]{64}$/);
			});

			it('runs once for an event of each type, with the event as KLIQ sent it', async () => {
				const emitted = [];
				for (const type of KLIQ_EVENT_TYPES) {
					const { event, deliveries } = testBed.kliq.emit(type);
					emitted.push(event);
					const ours = deliveries.find(({ url }) => isSameWithoutQuery(url, workflow.url))!;
					expect(await ours.firstAttempt).toMatchObject({ status: 200 });
				}
				expect(await testBed.eventsRun(workflow.id, emitted.length)).toEqual(emitted);
			});

			it('rejects a forged event and runs nothing', async () => {
				const before = (await testBed.client.executions(workflow.id)).length;
				expect(await deliver(workflow, '{"type":"visit.submitted"}', { signature: [] })).toEqual(
					REFUSED,
				);
				await expectNothingRan(workflow, before);
			});

			it('unsubscribes', async () => {
				await testBed.unpublish(workflow.id);
				expect(testBed.subscriptionsTo(workflow.url)).toEqual([]);
			});
		});

		it('keeps emoji, line separators, nested data and long numbers as far as JSON can', async () => {
			const workflow = await testBed.publishTriggered();
			const text =
				'{"id":"evt_1","type":"visit.submitted","json":{"a":1},"binary":{"b":{}},"error":"none",' +
				'"data":{"emoji":"🧃👩‍🔧","line":"\u2028\u2029","escaped":"\\u2028\\u0000","big":12345678901234567890,' +
				'"precise":0.1234567890123456789,"deep":[[[{"a":[null,true,{}]}]]],"":""}}';
			expect(await deliver(workflow, text)).toMatchObject({ status: 200 });
			expect(await testBed.eventsRun(workflow.id, 1)).toEqual([JSON.parse(text)]);
			await testBed.unpublish(workflow.id);
		});

		describe('receiving requests that KLIQ has not sent', () => {
			const body = '{"type":"visit.submitted"}';
			let workflow: TriggeredWorkflow;
			let secret: string;
			let right: string;
			let before: number;

			beforeAll(async () => {
				workflow = await testBed.publishTriggered();
				secret = secretOf(workflow);
				right = createHmac('sha256', secret).update(body).digest('hex');
			});

			beforeEach(async () => {
				before = (await testBed.client.executions(workflow.id)).length;
			});

			it('rejects every forged request, runs nothing and logs no secret', async () => {
				const other = createHmac('sha256', secret).update(`${body} `).digest('hex');
				const forgeries: Array<[string, string | string[]]> = [
					[body.replace('visit', 'Visit'), right],
					[`${body} `, right],
					[body, '0'.repeat(64)],
					[body, []],
					[body, ''],
					[body, right.slice(0, 62)],
					[body, `${right}00`],
					[body, 'a'.repeat(8_000)],
					[body, `sha256=${right}`],
					[body, 'z'.repeat(64)],
					[body, other.toUpperCase()],
					[body, [right, right]],
					[body, ['0'.repeat(64), right]],
					['', right],
				];
				const refusals = testBed.timesLogged('refused a request: ') + forgeries.length;
				for (const [forged, signature] of forgeries) {
					expect(await deliver(workflow, forged, { signature })).toEqual(REFUSED);
				}
				await expectNothingRan(workflow, before);
				await waitFor(() => expect(testBed.timesLogged('refused a request: ')).toBe(refusals));
				expect(testBed.n8n.logs()).not.toContain(secret);
			});

			it.each([
				['{"type":"visit.submitted",}', 'not a JSON object', { 'Content-Type': 'text/plain' }],
				['', 'not a JSON object', {}],
				['["visit.submitted"]', 'not a JSON object', {}],
				['{"id":"evt_1"}', 'no event type', {}],
				['{"type":7}', 'no event type', {}],
				['{"type":"visit.cancelled"}', 'event type not asked for', {}],
			])('acknowledges the signed %j, starts nothing', async (signed, why, headers) => {
				const line = `ignored an event from KLIQ: ${why}`;
				const logged = testBed.timesLogged(line);
				expect(await deliver(workflow, signed, { headers })).toEqual(ignored(why));
				await expectNothingRan(workflow, before);
				await waitFor(() => expect(testBed.timesLogged(line)).toBe(logged + 1));
			});

			it('never sees malformed JSON with a JSON content type: n8n answers it', async () => {
				expect(await deliver(workflow, '{"type":')).toMatchObject({ status: 422 });
			});
		});

		describe('when it responds only after the last node', () => {
			const chosen: KliqEventType[] = ['visit.submitted', 'cv.job.failed'];
			let workflow: TriggeredWorkflow;

			beforeAll(async () => {
				const failOnFailedJobs = buildNode({
					type: 'n8n-nodes-base.code',
					name: 'Check',
					typeVersion: 2,
					parameters: {
						jsCode:
							'await new Promise((resolve) => setTimeout(resolve, 1500));\n' +
							"if ($json.type === 'cv.job.failed') throw new Error('as told');\n" +
							'return $input.all();',
					},
				});
				workflow = await testBed.publishTriggered({
					parameters: { events: chosen, respond: 'lastNode' },
					then: [failOnFailedJobs],
				});
			});

			it('answers 200 when the workflow has succeeded', async () => {
				expect(await deliver(workflow, '{"type":"visit.submitted"}')).toMatchObject({
					status: 200,
				});
				const [execution] = await testBed.client.executions(workflow.id);
				expect(execution.status).toBe('success');
			});

			it('answers 500 when the workflow has failed', async () => {
				expect(await deliver(workflow, '{"type":"cv.job.failed"}')).toMatchObject({ status: 500 });
				const [execution] = await testBed.client.executions(workflow.id);
				expect(execution.status).toBe('error');
			});

			it('answers forged events and events of other types itself, without the workflow', async () => {
				const before = (await testBed.client.executions(workflow.id)).length;
				expect(await deliver(workflow, '{"type":"visit.submitted"}', { signature: 'f' })).toEqual(
					REFUSED,
				);
				expect(await deliver(workflow, '{"type":"observation.created"}')).toEqual(
					ignored('event type not asked for'),
				);
				await expectNothingRan(workflow, before);
			});
		});

		it('listens for one test event, leaves no subscription behind and the published one untouched', async () => {
			const workflow = await testBed.publishTriggered();
			const published = testBed.subscriptionsTo(workflow.url);
			const testUrl = webhookUrl(testBed.n8n.url, workflow.trigger, 'webhook', 'test');

			await testBed.client.runManually(workflow.id, 'KLIQ Trigger');
			expect(testBed.subscriptionsTo(testUrl)).toHaveLength(1);
			const [{ id: subscriptionId }] = testBed.subscriptionsTo(testUrl);

			const forged = { body: '{"type":"visit.submitted"}', subscriptionId, signature: 'f' };
			expect(await testBed.kliq.deliverRaw(forged)).toEqual(REFUSED);
			const signed = { body: '{"type":"visit.submitted","id":"evt_test"}', subscriptionId };
			expect(await testBed.kliq.deliverRaw(signed)).toMatchObject({ status: 200 });

			const [{ mode }] = await testBed.client.waitForExecutions(workflow.id, 1);
			expect(mode).toBe('manual');
			expect(await testBed.eventsRun(workflow.id, 1)).toEqual([
				{ type: 'visit.submitted', id: 'evt_test' },
			]);
			await waitFor(() => expect(testBed.subscriptionsTo(testUrl)).toEqual([]));
			expect(testBed.subscriptionsTo(workflow.url)).toEqual(published);
			await testBed.unpublish(workflow.id);
		});

		it('leaves nothing of test events behind a list that lags, and the published one untouched', async () => {
			testBed.kliq.settings.deviations.listLagMs = 1_500;
			const workflow = await testBed.publishTriggered();
			const published = testBed.subscriptionsTo(workflow.url);
			const testUrl = webhookUrl(testBed.n8n.url, workflow.trigger, 'webhook', 'test');
			for (let each = 0; each < 2; each++) {
				await testBed.client.runManually(workflow.id, 'KLIQ Trigger');
				expect(testBed.subscriptionsTo(testUrl)).toHaveLength(1);
				await testBed.client.stopListening(workflow.id);
				await waitFor(() => expect(testBed.subscriptionsTo(testUrl)).toEqual([]));
			}
			expect(testBed.subscriptionsTo(workflow.url)).toEqual(published);
			await testBed.unpublish(workflow.id);
			expect(testBed.subscriptionsTo(workflow.url)).toEqual([]);
			testBed.kliq.settings.deviations.listLagMs = 0;
		});

		describe('states the way out', () => {
			const whyNot = async (workflow: TriggeredWorkflow) =>
				await testBed.publish(workflow.id).then(
					() => 'published',
					(error: Error) => error.message,
				);

			it('when no event is chosen', async () => {
				const workflow = await testBed.createTriggered({ parameters: { events: [] } });
				expect(await whyNot(workflow)).toMatch(/No event is chosen|required parameters: events/);
			});

			it('when KLIQ could not reach this n8n', async () => {
				const credentialId = await testBed.client.createCredential({
					type: 'kliqApi',
					name: 'KLIQ itself',
					data: kliqCredential(testBed.kliq, { baseUrl: 'https://api.kliqpulse.com/v1' }),
				});
				const message = await whyNot(await testBed.createTriggered({ credentialId }));
				expect(message).toContain('KLIQ cannot reach this n8n');
				expect(message).toContain('WEBHOOK_URL');
				expect(message).toContain('tunnel');
			});
		});
	});
}
