import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHmac } from 'node:crypto';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { NodeUnderTest, type NodeSetUp } from '../support/n8nCore/node';
import { TriggerReceiver } from '../support/n8nCore/receiver';
import { startKliqSimulator, type KliqSimulator } from '../support/simulator';

let kliq: KliqSimulator;
let receiver: TriggerReceiver;
let node: NodeUnderTest;

const trigger = (more: Partial<NodeSetUp> = {}) =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: ['visit.submitted'], respond: 'onReceived' },
		credential: credential(),
		...more,
	});

const credential = (signingSecret = '') => ({
	apiKey: kliq.apiKey,
	tenantId: kliq.tenantId,
	baseUrl: kliq.baseUrl,
	signingSecret,
});

beforeEach(async () => {
	kliq = await startKliqSimulator();
	node = trigger();
	receiver = await TriggerReceiver.start(new KliqTrigger(), () => node);
});

afterEach(async () => {
	jest.restoreAllMocks();
	await receiver.stop();
	await kliq.stop();
	expect(receiver.thrown).toEqual([]);
});

const { create, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;

const sign = (body: string, secret: string) =>
	createHmac('sha256', secret).update(body).digest('hex');

const send = async (body: string | Buffer, signature: string) =>
	(await fetch(receiver.url, { method: 'POST', body, headers: { 'x-kliq-signature': signature } }))
		.status;

const EVENT = '{"id":"evt_1","type":"visit.submitted"}';

describe('a recorded event', () => {
	it('runs again as often as it is sent, as KLIQ’s own retries do', async () => {
		await create.call(node.hooks());
		const signature = sign(EVENT, kliq.subscriptions()[0].secret);
		for (let each = 0; each < 3; each++) expect(await send(EVENT, signature)).toBe(200);
		expect(receiver.runs).toHaveLength(3);
	});

	it('is refused once the workflow was published anew: that makes a new secret', async () => {
		await create.call(node.hooks());
		const signature = sign(EVENT, kliq.subscriptions()[0].secret);
		await unsubscribe.call(node.hooks());
		expect(await send(EVENT, signature)).toBe(401);
		await create.call(node.hooks());
		expect(await send(EVENT, signature)).toBe(401);
		expect(receiver.runs).toEqual([]);
	});

	it('of one trigger is refused by another, unless the credential has them share a secret', async () => {
		await create.call(node.hooks());
		const ofFirst = sign(EVENT, kliq.subscriptions()[0].secret);
		node = trigger();
		await create.call(node.hooks());
		expect(await send(EVENT, ofFirst)).toBe(401);

		node = trigger({ credential: credential('whsec_shared') });
		await create.call(node.hooks());
		expect(await send(EVENT, sign(EVENT, 'whsec_shared'))).toBe(200);
	});
});

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

	it('and a signed one with odd values write nothing of theirs into the log', async () => {
		await create.call(node.hooks());
		const { secret } = kliq.subscriptions()[0];
		const { logger } = node.hooks();
		const lines: unknown[] = [];
		for (const level of ['debug', 'info', 'warn', 'error'] as const) {
			jest.spyOn(logger, level).mockImplementation((...line) => void lines.push(line));
		}
		const type = 'FORGED\n2026 | info | LINE \u001b[31m';
		const body = JSON.stringify({ id: type, type, [type]: type });
		expect(await send(body, 'FORGED')).toBe(401);
		expect(await send(body, sign(body, secret))).toBe(200);
		expect(await send('FORGED\n', sign('FORGED\n', secret))).toBe(200);
		expect(receiver.runs).toEqual([]);
		expect(lines).toHaveLength(3);
		expect(JSON.stringify(lines)).not.toContain('FORGED');
		expect(JSON.stringify(lines)).not.toContain(secret);
	});

	it('cannot inherit a type', async () => {
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
