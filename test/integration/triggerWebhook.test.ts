import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { resolveWebhookDescriptionField } from 'n8n-workflow';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { deriveSecret } from '../../nodes/Kliq/trigger/subscription/secret';
import { kliqCredential } from '../support/kliqCredential';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { TriggerReceiver } from '../support/n8nCore/receiver';
import { KLIQ_EVENT_TYPES, type KliqSimulator } from '../support/simulator';
import { signatureOf } from '../support/simulator/deliveries/signature';
import { useSimulator } from '../support/useSimulator';

const SECRET = 'whsec_shared';

let kliq: KliqSimulator;
let receiver: TriggerReceiver;
let node: NodeUnderTest;

const trigger = (more: Partial<NodeSetup> = {}) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: [...KLIQ_EVENT_TYPES], respond: 'onReceived' },
		credential: kliqCredential(kliq, { signingSecret: SECRET }),
		staticData: { webhookId: 'wh_1' },
		...more,
	});

useSimulator((started) => (kliq = started));

beforeEach(async () => {
	node = trigger();
	receiver = await TriggerReceiver.start(new KliqTrigger(), () => node);
});

afterEach(async () => {
	await receiver.stop();
	expect(receiver.thrown).toEqual([]);
});

const sign = (body: string | Buffer, secret = SECRET) => signatureOf(Buffer.from(body), secret);

/** Sends any bytes with any headers, also repeated ones. */
async function send(body: string | Buffer, headers: Record<string, string | string[]> = {}) {
	return await new Promise<{ status?: number; body: string }>((resolve, reject) => {
		const sent = request(receiver.url, { method: 'POST', headers }, (response) => {
			let text = '';
			response.on('data', (chunk) => (text += chunk));
			response.on('end', () => resolve({ status: response.statusCode, body: text }));
		});
		sent.on('error', reject);
		sent.end(body);
	});
}

const REJECTED = { status: 401, body: '{"error":"Invalid signature"}' };
const ignored = (reason: string) => ({
	status: 200,
	body: JSON.stringify({ received: true, ignored: reason }),
});

describe('a signed event', () => {
	it.each(KLIQ_EVENT_TYPES)(
		'of type %s starts an execution with the event as sent',
		async (type) => {
			kliq.seedSubscription({ url: receiver.url, events: [type], secret: SECRET });
			const { event, deliveries } = kliq.emit(type);
			expect((await deliveries[0].firstAttempt).status).toBe(200);
			expect(receiver.runs).toEqual([{ json: event }]);
		},
	);

	it('keeps every character and key, also those with a meaning in n8n', async () => {
		const text =
			'{"type":"visit.submitted","json":{"a":1},"binary":{},"error":"x","pairedItem":3,' +
			'"data":{"emoji":"🧃👩‍🔧","line":"\\u2028","nul":"\\u0000","big":12345678901234567890,"deep":[[[{"a":[]}]]]}}';
		expect(await send(text, { 'x-kliq-signature': sign(text) })).toMatchObject({ status: 200 });
		expect(receiver.runs).toEqual([{ json: JSON.parse(text) }]);
	});

	it.each([
		'application/json',
		'application/json;charset=utf-8',
		'Application/JSON; charset=UTF-8',
		'application/json; charset=latin1',
		'application/json; charset=utf-16le',
		'text/plain',
		'application/x-www-form-urlencoded',
		'application/octet-stream',
	])('is parsed from the signed bytes, however n8n parses %s', async (contentType) => {
		const text = '{"type":"visit.submitted","data":{"note":"é=1&type=x"}}';
		const headers = { 'x-kliq-signature': sign(text), 'content-type': contentType };
		expect(await send(text, headers)).toMatchObject({ status: 200 });
		expect(receiver.runs).toEqual([{ json: JSON.parse(text) }]);
	});

	it('is accepted with an upper-case signature', async () => {
		const text = '{"type":"visit.submitted"}';
		expect(await send(text, { 'X-KLIQ-SIGNATURE': sign(text).toUpperCase() })).toMatchObject({
			status: 200,
		});
		expect(receiver.runs).toHaveLength(1);
	});

	it.each<[unknown, object[]]>([
		['visit.submitted, cv.job.failed', [{ json: { type: 'visit.submitted' } }]],
		['visit.submitted.late', []],
		[null, []],
	])('is matched by its whole type when Events is an expression: %j', async (events, runs) => {
		node = trigger({ parameters: { events, respond: 'onReceived' } as NodeSetup['parameters'] });
		const text = '{"type":"visit.submitted"}';
		expect(await send(text, { 'x-kliq-signature': sign(text) })).toMatchObject({ status: 200 });
		expect(receiver.runs).toEqual(runs);
	});

	it('does not change static data', async () => {
		const text = '{"type":"visit.submitted"}';
		await send(text, { 'x-kliq-signature': sign(text) });
		await send(text, { 'x-kliq-signature': sign('') });
		expect(node.staticDataChanged).toBe(false);
	});
});

describe('a forged request', () => {
	const text = '{"type":"visit.submitted"}';
	const right = sign(text);

	it.each<[string, string | Buffer, Record<string, string | string[]>]>([
		['no signature', text, {}],
		['an empty signature', text, { 'x-kliq-signature': '' }],
		['a wrong signature', text, { 'x-kliq-signature': sign(text, 'other') }],
		['a short signature', text, { 'x-kliq-signature': right.slice(0, 63) }],
		['an extra byte', text, { 'x-kliq-signature': `${right}00` }],
		['10,000 digits', text, { 'x-kliq-signature': 'a'.repeat(10_000) }],
		['a signature that is not hex', text, { 'x-kliq-signature': 'z'.repeat(64) }],
		['the signature twice', text, { 'x-kliq-signature': [right, right] }],
		['a wrong and a right signature', text, { 'x-kliq-signature': ['0'.repeat(64), right] }],
		[
			'the upper-case signature of another body',
			text,
			{ 'x-kliq-signature': sign(`${text} `).toUpperCase() },
		],
		['a tampered body', `${text} `, { 'x-kliq-signature': right }],
		['an empty body', '', { 'x-kliq-signature': right }],
		['a prefix', text, { 'x-kliq-signature': `sha256=${right}` }],
		['the signature in another header', text, { 'x-signature': right }],
		['a body compressed after signing', gzipSync(text), { 'x-kliq-signature': right }],
	])('with %s is rejected', async (_what, body, headers) => {
		expect(await send(body, headers)).toEqual(REJECTED);
		expect(receiver.runs).toEqual([]);
	});

	it('is rejected when n8n provides no raw body', async () => {
		const parsed = await TriggerReceiver.start(new KliqTrigger(), () => node, {
			keepRawBody: false,
		});
		const status = await parsed.post(text, right);
		await parsed.stop();
		expect(status).toBe(401);
		expect(parsed.runs).toEqual([]);
	});

	it('is rejected when the credential has no API key, also when signed with what would follow', async () => {
		const webhookId = 'known-to-the-sender';
		node = trigger({ webhookId, credential: { apiKey: ' ', signingSecret: '' } });
		for (const guess of ['', ' ', deriveSecret('', webhookId), deriveSecret(' ', webhookId)]) {
			expect(await send(text, { 'x-kliq-signature': sign(text, guess) })).toEqual(REJECTED);
		}
	});
});

describe('a signed request that starts no execution', () => {
	it.each([
		['not JSON', '{"type":', 'not a JSON object'],
		['empty', '', 'not a JSON object'],
		['null', 'null', 'not a JSON object'],
		['a list', '[{"type":"visit.submitted"}]', 'not a JSON object'],
		['a string', '"visit.submitted"', 'not a JSON object'],
		['without a type', '{"id":"evt_1"}', 'no event type'],
		['of a type that is a list', '{"type":["visit.submitted"]}', 'no event type'],
		['of an unknown type', '{"type":"visit.cancelled"}', 'event type not asked for'],
		[
			'of a type that is a property of every object',
			'{"type":"constructor"}',
			'event type not asked for',
		],
	])('because it is %s is acknowledged', async (_what, body, reason) => {
		expect(await send(body, { 'x-kliq-signature': sign(body) })).toEqual(ignored(reason));
		expect(receiver.runs).toEqual([]);
	});

	it('because its type was not chosen is acknowledged', async () => {
		node = trigger({ parameters: { events: ['cv.job.failed'] } });
		const body = '{"type":"visit.submitted"}';
		expect(await send(body, { 'x-kliq-signature': sign(body) })).toEqual(
			ignored('event type not asked for'),
		);
		expect(receiver.runs).toEqual([]);
	});
});

describe('a probe', () => {
	const body = JSON.stringify({ type: 'n8n-nodes-kliq.probe', timestamp: '2026-01-01T00:00:00Z' });

	it('that is signed is answered with the webhook URL; it starts nothing and stands in no log', async () => {
		const lines = captureLogLines(node);
		expect(await send(body, { 'x-kliq-signature': sign(body) })).toEqual({
			status: 200,
			body: JSON.stringify({ webhookUrl: node.webhookUrl }),
		});
		expect(receiver.runs).toEqual([]);
		expect(lines).toEqual([]);
	});

	it.each(['', sign(body, 'whsec_guessed')])(
		'with the signature “%s” is refused',
		async (signature) => {
			expect(await send(body, { 'x-kliq-signature': signature })).toEqual(REJECTED);
		},
	);
});

describe('Respond', () => {
	const respond = { parameters: { respond: 'lastNode' } };

	it('is read by n8n 2.x without its expression engine', () => {
		const [webhook] = new KliqTrigger().description.webhooks!;
		expect(resolveWebhookDescriptionField(respond, webhook, 'responseMode')).toEqual({
			resolved: true,
			value: 'lastNode',
		});
	});

	it('is an expression on n8n 1.x', () => {
		jest.isolateModules(() => {
			const ofV2 = jest.requireActual<object>('n8n-workflow');
			const ofV1 = { ...ofV2, fromParameter: undefined, webhookDescriptionFields: undefined };
			jest.doMock('n8n-workflow', () => ofV1);
			const module = jest.requireActual<{ KliqTrigger: typeof KliqTrigger }>(
				'../../nodes/Kliq/KliqTrigger.node',
			);
			const [webhook] = new module.KliqTrigger().description.webhooks!;
			expect(webhook.responseMode).toBe('={{ $parameter["respond"] }}');
			jest.dontMock('n8n-workflow');
		});
	});
});
