import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { deriveSecret } from '../../nodes/Kliq/trigger/subscription/secret';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest } from '../support/n8nCore/node';
import { TriggerReceiver } from '../support/n8nCore/receiver';
import { useVirtualTime } from '../support/n8nCore/virtualTime';
import { signatureOf } from '../support/simulator/deliveries/signature';

const WEBHOOK_ID = '5d0c1f5e-6c1d-4f7c-9f1e-0b7a7c1f2a3b';
const EVENT = '{"id":"evt_1","type":"visit.submitted"}';

let node: NodeUnderTest;
let receiver: TriggerReceiver;

const credential = (more = {}) => ({
	apiKey: 'key',
	tenantId: 't_demo',
	signingSecret: '',
	...more,
});

useVirtualTime();

beforeEach(async () => {
	// Each with a node ID of its own, and so with a memory of its own.
	node = new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: ['visit.submitted'], respond: 'onReceived' },
		credential: credential(),
		webhookId: WEBHOOK_ID,
		nodeId: randomUUID(),
	});
	receiver = await TriggerReceiver.start(new KliqTrigger(), () => node);
});

afterEach(async () => {
	jest.restoreAllMocks();
	await receiver.stop();
	expect(receiver.thrown).toEqual([]);
});

const sendSigned = async (secret: string) =>
	await receiver.post(EVENT, signatureOf(Buffer.from(EVENT), secret));

/** The secret of a subscription made with this API key. */
const derived = (apiKey = 'key') => deriveSecret(apiKey, WEBHOOK_ID);

const repeat = async (times: number, send: () => Promise<number>) => {
	const statuses = new Set<number>();
	for (let each = 0; each < times; each++) statuses.add(await send());
	return [...statuses];
};

describe('the credential', () => {
	it('is read once for 50 signed events', async () => {
		expect(await repeat(50, async () => await sendSigned(derived()))).toEqual([200]);
		expect(node.credentials.reads).toBe(1);
	});

	it('is read once for 50 signed events that arrive at once', async () => {
		const statuses = Array.from({ length: 50 }, async () => await sendSigned(derived()));
		expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]));
		expect(receiver.runs).toHaveLength(50);
		expect(node.credentials.reads).toBe(1);
	});

	it('is read at most once in 30 seconds for 200 forged requests', async () => {
		const forge = async () => await repeat(200, async () => await sendSigned('whsec_guessed'));
		expect(await forge()).toEqual([401]);
		expect(node.credentials.reads).toBe(1);
		jest.advanceTimersByTime(29_999);
		await sendSigned('whsec_guessed');
		expect(node.credentials.reads).toBe(1);
		jest.advanceTimersByTime(1);
		expect(await forge()).toEqual([401]);
		expect(node.credentials.reads).toBe(2);
	});

	it('is not read again for an event whose secret is known', async () => {
		await sendSigned(derived());
		jest.advanceTimersByTime(30_000);
		expect(await sendSigned(derived())).toBe(200);
		expect(node.credentials.reads).toBe(1);
	});

	it('is not read for a request without a signature', async () => {
		expect(await receiver.post(EVENT)).toBe(401);
		expect(node.credentials.reads).toBe(0);
	});

	it('is another node’s own affair', async () => {
		expect(await sendSigned(derived())).toBe(200);
		node = new NodeUnderTest(new KliqTrigger(), {
			parameters: { events: ['visit.submitted'] },
			credential: credential({ apiKey: 'other' }),
			webhookId: WEBHOOK_ID,
			nodeId: randomUUID(),
		});
		expect(await sendSigned(derived())).toBe(401);
		expect(await sendSigned(derived('other'))).toBe(200);
	});
});

describe('another credential of the same node', () => {
	it('has its own secret, at once', async () => {
		expect(await sendSigned(derived())).toBe(200);
		const { id: nodeId } = node.hooks().getNode();
		node = new NodeUnderTest(new KliqTrigger(), {
			parameters: { events: ['visit.submitted'] },
			credential: credential({ apiKey: 'other' }),
			credentialId: '2',
			webhookId: WEBHOOK_ID,
			nodeId,
		});
		expect(await sendSigned(derived())).toBe(401);
		expect(await sendSigned(derived('other'))).toBe(200);
	});
});

describe('the log says why a request was refused', () => {
	it.each<[string, string | undefined, string]>([
		['it has no signature', undefined, 'it has no signature'],
		[
			'its signature does not fit',
			signatureOf(Buffer.from(EVENT), 'whsec_guessed'),
			'its signature does not fit; if it did come from KLIQ, the credential has changed and the health check subscribes anew within 10 minutes, or a proxy rewrites bodies',
		],
	])('%s', async (_why, signature, reason) => {
		const lines = captureLogLines(node);
		expect(await receiver.post(EVENT, signature)).toBe(401);
		expect(lines).toEqual([`warn: KLIQ Trigger "KLIQ Trigger" refused a request: ${reason}`]);
	});
});

describe('a credential that has changed', () => {
	it.each([
		['API key', { apiKey: 'new' }, derived('new')],
		['Signing Secret', { signingSecret: ' whsec_shared\n' }, 'whsec_shared'],
	])(
		'in its %s: both secrets are good until the new one has verified',
		async (_what, more, secret) => {
			await sendSigned(derived());
			node.credentials.values = credential(more);
			expect(await sendSigned(secret)).toBe(401);

			jest.advanceTimersByTime(30_000);
			expect(await sendSigned('whsec_guessed')).toBe(401);
			expect(await sendSigned(derived())).toBe(200);
			expect(await sendSigned(secret)).toBe(200);
			expect(await sendSigned(derived())).toBe(401);
			expect(await sendSigned(secret)).toBe(200);
			expect(node.credentials.reads).toBe(2);
		},
	);

	it('a probe with the new secret proves nothing of what KLIQ signs with', async () => {
		await sendSigned(derived());
		jest.advanceTimersByTime(30_000);
		node.credentials.values = credential({ apiKey: 'new' });
		const probe = JSON.stringify({ type: 'n8n-nodes-kliq.probe' });
		expect(await receiver.post(probe, signatureOf(Buffer.from(probe), derived('new')))).toBe(200);
		expect(await sendSigned(derived())).toBe(200);
	});

	it('is read for the first event with the new secret, which is accepted', async () => {
		await sendSigned(derived());
		jest.advanceTimersByTime(30_000);
		node.credentials.values = credential({ apiKey: 'new' });
		expect(await sendSigned(derived('new'))).toBe(200);
	});
});

describe('a credential that was deleted', () => {
	it('leaves nothing to verify with: the request is rejected, and the log says why', async () => {
		node.credentials.values = undefined;
		const lines = captureLogLines(node);
		expect(await sendSigned(derived())).toBe(401);
		expect(lines).toEqual([
			'error: KLIQ Trigger "KLIQ Trigger" cannot read its credential: Credential with ID "1" does not exist for type "kliqApi".',
			expect.stringContaining('refused a request: there is no signing secret to check it with'),
		]);
	});

	it('takes nothing from what is in memory', async () => {
		await sendSigned(derived());
		jest.advanceTimersByTime(30_000);
		node.credentials.values = undefined;
		expect(await sendSigned('whsec_guessed')).toBe(401);
		expect(await sendSigned(derived())).toBe(200);
		expect(node.credentials.reads).toBe(2);
	});
});
