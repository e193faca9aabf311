import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { NodeUnderTest } from '../support/n8nCore/node';
import {
	hang,
	networkError,
	respondInstead,
	type Responder,
} from '../support/n8nCore/respondInstead';
import { useVirtualTime, virtualSleep } from '../support/n8nCore/virtualTime';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

const methods = new KliqTrigger().webhookMethods.default;
const LATENCY_MS = 50;

let node: NodeUnderTest;

useVirtualTime();

beforeEach(() => {
	node = new NodeUnderTest(new KliqTrigger(), {
		parameters: { events: ['visit.submitted'], respond: 'onReceived' },
		// A key of its own: the rate limiter remembers accounts.
		credential: { apiKey: randomUUID(), tenantId: 't_demo', baseUrl: 'https://k.example.com/v1' },
		publicUrl: 'https://n8n.example.com',
	});
});

const fails =
	(code: string): Responder =>
	() => {
		jest.advanceTimersByTime(LATENCY_MS);
		throw networkError(code);
	};

const answers =
	(statusCode: number, headers = {}): Responder =>
	() => {
		jest.advanceTimersByTime(LATENCY_MS);
		return { statusCode, headers, body: { message: 'No' } };
	};

/** Calls a lifecycle method. @returns its error's message and how long it took, in seconds */
const call = async (method: 'create' | 'delete', respond: Responder) => {
	const context = node.hooks();
	const send = respondInstead(context, respond);
	const begun = performance.now();
	const message = await methods[method].call(context).then(
		() => 'no error',
		(error: Error) => error.message,
	);
	return {
		message,
		seconds: (performance.now() - begun) / 1_000,
		requests: send.mock.calls.length,
	};
};

/** How n8n 2.x publishes: it tries five times and cleans up after each failure. */
const publishAsN8nV2 = async (respond: Responder) => {
	const begun = performance.now();
	const messages = new Set<string>();
	for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 0]) {
		messages.add((await call('create', respond)).message);
		await call('delete', respond);
		await virtualSleep(pauseMs);
	}
	return { messages: [...messages], seconds: (performance.now() - begun) / 1_000 };
};

const cases: Array<[what: string, reason: string, Responder]> = [
	[
		'a refused connection',
		'Nothing answers at k.example.com: the connection was refused',
		fails('ECONNREFUSED'),
	],
	['an unknown name', 'There is no server by the name of k.example.com', fails('ENOTFOUND')],
	['401', 'KLIQ did not accept the API key', answers(401)],
	['403', 'The API key is not allowed to do this at KLIQ', answers(403)],
	['404', 'KLIQ does not know the tenant “t_demo”', answers(404)],
	['500', 'KLIQ is not working right now (HTTP 500)', answers(500)],
	[
		'503 with Retry-After 30',
		'KLIQ is not working right now (HTTP 503)',
		answers(503, { 'retry-after': '30' }),
	],
	['429', 'KLIQ is receiving too many requests', answers(429)],
	[
		'429 with Retry-After 5',
		'KLIQ is receiving too many requests',
		answers(429, { 'retry-after': '5' }),
	],
	[
		'429 with Retry-After 3600',
		'KLIQ is receiving too many requests',
		answers(429, { 'retry-after': '3600' }),
	],
];

describe.each(cases)('%s', (_what, reason, respond) => {
	it('is told by create within 3 seconds', async () => {
		const { message, seconds } = await call('create', respond);
		expect(message).toContain(reason);
		expect(seconds).toBeLessThanOrEqual(3);
	});

	it('is told by delete within 11 seconds, as n8n 1.x tries once', async () => {
		const { message, seconds } = await call('delete', respond);
		expect(message).toMatch(/^KLIQ may still hold a webhook subscription/);
		expect(message).toContain(reason);
		expect(seconds).toBeLessThanOrEqual(11);
	});

	it('is told by a whole publication of n8n 2.x within 20 seconds, each time', async () => {
		const { messages, seconds } = await publishAsN8nV2(respond);
		for (const message of messages) expect(message).toContain(reason);
		expect(seconds).toBeLessThanOrEqual(20);
	});
});

describe('a KLIQ that hangs', () => {
	const REASON = 'k.example.com did not answer in time';

	it.each([
		['create', 10],
		['delete', 15],
	] as const)('is told by %s within %i seconds', async (method, limit) => {
		const { message, seconds } = await call(method, hang);
		expect(message).toContain(REASON);
		expect(seconds).toBeLessThan(limit + 0.1);
	});

	it('is told by a whole publication of n8n 2.x within 60 seconds, each time', async () => {
		const { messages, seconds } = await publishAsN8nV2(hang);
		for (const message of messages) expect(message).toContain(REASON);
		expect(seconds).toBeLessThanOrEqual(60);
	});

	it('is told in the same time by the next publication', async () => {
		await publishAsN8nV2(hang);
		await virtualSleep(60_000);
		const { seconds } = await publishAsN8nV2(hang);
		expect(seconds).toBeGreaterThan(40);
		expect(seconds).toBeLessThanOrEqual(60);
	});
});

describe('a KLIQ that recovers', () => {
	it('between two tries is asked again by every call', async () => {
		for (let each = 0; each < 4; each++) {
			expect((await call('create', hang)).requests).toBe(1);
			expect((await call('delete', hang)).requests).toBe(1);
		}
		const recovered: Responder = ({ method }) => ({
			statusCode: 200,
			headers: {},
			body: method === 'POST' ? { id: 'wh_1' } : { data: [] },
		});
		expect((await call('create', recovered)).message).toBe('no error');
		expect(node.staticData).toMatchObject({ webhookId: 'wh_1' });
	});
});
