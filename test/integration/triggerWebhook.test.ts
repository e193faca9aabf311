import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { NodeUnderTest, type NodeSetUp } from '../support/n8nCore/node';
import { TriggerReceiver } from '../support/n8nCore/receiver';
import { KLIQ_EVENT_TYPES, startKliqSimulator, type KliqSimulator } from '../support/simulator';

const SECRET = 'whsec_remembered';

let kliq: KliqSimulator;
let receiver: TriggerReceiver;
let node: NodeUnderTest;

const trigger = (more: Partial<NodeSetUp> = {}) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: [...KLIQ_EVENT_TYPES], respond: 'onReceived' },
		credential: { apiKey: 'key', tenantId: 't_demo', baseUrl: kliq.baseUrl, signingSecret: '' },
		staticData: { webhookId: 'wh_1', secret: SECRET },
		...more,
	});

beforeEach(async () => {
	kliq = await startKliqSimulator();
	node = trigger();
	receiver = await TriggerReceiver.start(new KliqTrigger(), () => node);
});

afterEach(async () => {
	await receiver.stop();
	await kliq.stop();
	expect(receiver.thrown).toEqual([]);
});

const sign = (body: string | Buffer, secret = SECRET) =>
	createHmac('sha256', secret).update(body).digest('hex');

/** Sends what a stranger may send: any bytes under any headers, repeated ones included. */
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

const REFUSED = { status: 401, body: '{"error":"Invalid signature"}' };
const ignored = (why: string) => ({
	status: 200,
	body: JSON.stringify({ received: true, ignored: why }),
});

describe('a signed event', () => {
	it.each(KLIQ_EVENT_TYPES)('of type %s runs the workflow, as KLIQ sent it', async (type) => {
		kliq.seedSubscription({ url: receiver.url, events: [type], secret: SECRET });
		const { event, deliveries } = kliq.emit(type);
		expect((await deliveries[0].firstAttempt).status).toBe(200);
		expect(receiver.runs).toEqual([{ json: event }]);
	});

	it('keeps every character and key, even those n8n reads something into', async () => {
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
	])('is what the signed bytes say, whatever n8n makes of them as %s', async (contentType) => {
		const text = '{"type":"visit.submitted","data":{"note":"é=1&type=x"}}';
		const headers = { 'x-kliq-signature': sign(text), 'content-type': contentType };
		expect(await send(text, headers)).toMatchObject({ status: 200 });
		expect(receiver.runs).toEqual([{ json: JSON.parse(text) }]);
	});

	it('verifies by the upper-case signature, too', async () => {
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
	])('is asked for by its whole name, where an expression gives %j', async (events, runs) => {
		node = trigger({ parameters: { events, respond: 'onReceived' } as NodeSetUp['parameters'] });
		const text = '{"type":"visit.submitted"}';
		expect(await send(text, { 'x-kliq-signature': sign(text) })).toMatchObject({ status: 200 });
		expect(receiver.runs).toEqual(runs);
	});

	it('changes nothing that n8n would write back', async () => {
		const text = '{"type":"visit.submitted"}';
		await send(text, { 'x-kliq-signature': sign(text) });
		await send(text, { 'x-kliq-signature': sign('') });
		expect(node.memoryChanged).toBe(false);
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
		['a byte more behind it', text, { 'x-kliq-signature': `${right}00` }],
		['ten thousand digits', text, { 'x-kliq-signature': 'a'.repeat(10_000) }],
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
		['the signature under another name', text, { 'x-signature': right }],
		['bytes compressed after signing', gzipSync(text), { 'x-kliq-signature': right }],
	])('with %s is refused', async (_what, body, headers) => {
		expect(await send(body, headers)).toEqual(REFUSED);
		expect(receiver.runs).toEqual([]);
	});

	it('is refused where n8n kept no raw body', async () => {
		const parsed = await TriggerReceiver.start(new KliqTrigger(), () => node, {
			keepRawBody: false,
		});
		const response = await fetch(parsed.url, {
			method: 'POST',
			body: text,
			headers: { 'x-kliq-signature': right },
		});
		await parsed.stop();
		expect(response.status).toBe(401);
		expect(parsed.runs).toEqual([]);
	});

	it('is refused where nobody knows a secret, even one signed with nothing', async () => {
		node = trigger({ staticData: { webhookId: 'wh_1' } });
		expect(await send(text, { 'x-kliq-signature': sign(text, '') })).toEqual(REFUSED);
	});

	it('is refused where the credential was deleted', async () => {
		node = trigger({ staticData: { webhookId: 'wh_1' }, credential: undefined });
		expect(await send(text, { 'x-kliq-signature': right })).toEqual(REFUSED);
	});
});

describe('the secret', () => {
	const text = '{"type":"visit.submitted"}';

	it('is the credential’s where the trigger made none', async () => {
		node = trigger({
			staticData: { webhookId: 'wh_1' },
			credential: { signingSecret: ' whsec_shared\n' },
		});
		const response = await send(text, { 'x-kliq-signature': sign(text, 'whsec_shared') });
		expect(response.status).toBe(200);
	});

	it('is the trigger’s own where it made one; the credential is not even read', async () => {
		node = trigger({ credential: { signingSecret: 'whsec_added_later' } });
		expect((await send(text, { 'x-kliq-signature': sign(text) })).status).toBe(200);
		expect(await send(text, { 'x-kliq-signature': sign(text, 'whsec_added_later') })).toEqual(
			REFUSED,
		);
		expect(node.credentials.reads).toBe(0);
	});
});

describe('a signed request that starts nothing', () => {
	it.each([
		['not JSON', '{"type":', 'not a JSON object'],
		['empty', '', 'not a JSON object'],
		['null', 'null', 'not a JSON object'],
		['a list', '[{"type":"visit.submitted"}]', 'not a JSON object'],
		['a text', '"visit.submitted"', 'not a JSON object'],
		['without a type', '{"id":"evt_1"}', 'no event type'],
		['of a type that is a list', '{"type":["visit.submitted"]}', 'no event type'],
		['of an unknown type', '{"type":"visit.cancelled"}', 'event type not asked for'],
		['of a type that every object has', '{"type":"constructor"}', 'event type not asked for'],
	])('when it is %s is acknowledged', async (_what, body, why) => {
		expect(await send(body, { 'x-kliq-signature': sign(body) })).toEqual(ignored(why));
		expect(receiver.runs).toEqual([]);
	});

	it('when its type was not chosen is acknowledged', async () => {
		node = trigger({ parameters: { events: ['cv.job.failed'] } });
		const body = '{"type":"visit.submitted"}';
		expect(await send(body, { 'x-kliq-signature': sign(body) })).toEqual(
			ignored('event type not asked for'),
		);
		expect(receiver.runs).toEqual([]);
	});
});
