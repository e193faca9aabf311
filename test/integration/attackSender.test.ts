import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { kliqCredential } from '../support/kliqCredential';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { TriggerReceiver } from '../support/n8nCore/receiver';
import type { KliqSimulator } from '../support/simulator';
import { signatureOf } from '../support/simulator/deliveries/signature';
import { useSimulator } from '../support/useSimulator';

let kliq: KliqSimulator;
let receiver: TriggerReceiver;
let node: NodeUnderTest;

const trigger = (more: Partial<NodeSetup> = {}) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: ['visit.submitted'], respond: 'onReceived' },
		credential: credential(),
		...more,
	});

const credential = (signingSecret = '') => kliqCredential(kliq, { signingSecret });

useSimulator((started) => (kliq = started));

beforeEach(async () => {
	node = trigger();
	receiver = await TriggerReceiver.start(new KliqTrigger(), () => node);
});

afterEach(async () => {
	jest.restoreAllMocks();
	await receiver.stop();
	expect(receiver.thrown).toEqual([]);
});

const { create, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;

const sign = (body: string, secret: string) => signatureOf(Buffer.from(body), secret);

const send = async (body: string, signature: string) => await receiver.post(body, signature);

const EVENT = '{"id":"evt_1","type":"visit.submitted"}';

describe('a replayed event', () => {
	it('starts an execution each time, like KLIQ’s retries', async () => {
		await create.call(node.hooks());
		const signature = sign(EVENT, kliq.subscriptions()[0].secret);
		for (let each = 0; each < 3; each++) expect(await send(EVENT, signature)).toBe(200);
		expect(receiver.runs).toHaveLength(3);
	});

	it('is accepted after the workflow was published again, which does not change the secret', async () => {
		await create.call(node.hooks());
		const signature = sign(EVENT, kliq.subscriptions()[0].secret);
		await unsubscribe.call(node.hooks());
		await create.call(node.hooks());
		expect(await send(EVENT, signature)).toBe(200);
		expect(receiver.runs).toHaveLength(1);
	});

	it('is rejected under another API key, which makes another secret', async () => {
		await create.call(node.hooks());
		const signature = sign(EVENT, kliq.subscriptions()[0].secret);
		node.credentials.values = kliqCredential(kliq, { apiKey: kliq.addKey() });
		await create.call(node.hooks());
		expect(await send(EVENT, signature)).toBe(401);
		expect(receiver.runs).toEqual([]);
	});

	it('of one trigger is rejected by another, unless both use the credential’s secret', async () => {
		await create.call(node.hooks());
		const firstSignature = sign(EVENT, kliq.subscriptions()[0].secret);
		node = trigger();
		await create.call(node.hooks());
		expect(await send(EVENT, firstSignature)).toBe(401);

		node = trigger({ credential: credential('whsec_shared') });
		await create.call(node.hooks());
		expect(await send(EVENT, sign(EVENT, 'whsec_shared'))).toBe(200);
	});
});

it.each(['application/json', 'application/json; charset=utf-8'])(
	'a signed event in %s is parsed once, by n8n',
	async (contentType) => {
		await create.call(node.hooks());
		const signature = sign(EVENT, kliq.subscriptions()[0].secret);
		const parse = jest.spyOn(JSON, 'parse');
		const headers = { 'x-kliq-signature': signature, 'content-type': contentType };
		expect((await fetch(receiver.url, { method: 'POST', body: EVENT, headers })).status).toBe(200);
		expect(parse.mock.calls.filter(([text]) => text === EVENT)).toHaveLength(1);
		parse.mockRestore();
	},
);

describe('a forged request', () => {
	it('of 16 MB is not parsed', async () => {
		await create.call(node.hooks());
		const body = `{"type":"visit.submitted","data":"${'x'.repeat(16 * 1024 * 1024)}"}`;
		const parse = jest.spyOn(JSON, 'parse');
		expect(await send(body, sign(body, 'guessed'))).toBe(401);
		expect(parse).not.toHaveBeenCalled();
		parse.mockRestore();
		expect(await send(body, sign(body, kliq.subscriptions()[0].secret))).toBe(200);
	});

	it('and a signed one with control characters write none of their text to the log', async () => {
		await create.call(node.hooks());
		const { secret } = kliq.subscriptions()[0];
		const lines = captureLogLines(node);
		const type = 'FORGED\n2026 | info | LINE \u001b[31m';
		const body = JSON.stringify({ id: type, type, [type]: type });
		expect(await send(body, 'FORGED')).toBe(401);
		expect(await send(body, sign(body, secret))).toBe(200);
		expect(await send('FORGED\n', sign('FORGED\n', secret))).toBe(200);
		expect(receiver.runs).toEqual([]);
		expect(lines).toEqual(Array(3).fill(expect.stringMatching(/^warn: /)));
		expect(JSON.stringify(lines)).not.toContain('FORGED');
		expect(JSON.stringify(lines)).not.toContain(secret);
	});

	it('cannot set its type through a prototype', async () => {
		await create.call(node.hooks());
		const { secret } = kliq.subscriptions()[0];
		const inherited = [
			'{"__proto__":{"type":"visit.submitted"}}',
			'{"constructor":{"prototype":{"type":"visit.submitted"}}}',
		];
		for (const body of inherited) expect(await send(body, sign(body, secret))).toBe(200);
		expect(receiver.runs).toEqual([]);
	});
});
