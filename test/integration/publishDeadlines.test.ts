import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import * as n8nVersion from '../../nodes/Kliq/utils/n8nVersion';
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

/** How n8n publishes. @returns what a person reads, if it fails, and how long it took, in seconds */
const publish = async (respond: Responder) => {
	const begun = performance.now();
	const context = node.hooks();
	respondInstead(context, respond);
	const isThere = await methods.checkExists.call(context);
	const { message } = isThere ? { message: 'no error' } : await call('create', respond);
	return { message, seconds: (performance.now() - begun) / 1_000 };
};

/** How n8n 2.x goes on: it tries five times and cleans up after each failure. */
const publishAsN8nV2 = async (respond: Responder) => {
	const begun = performance.now();
	const messages = new Set<string>();
	for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 0]) {
		messages.add((await publish(respond)).message);
		await call('delete', respond);
		await virtualSleep(pauseMs);
	}
	return { messages: [...messages], seconds: (performance.now() - begun) / 1_000 };
};

type Case = [what: string, reason: string, Responder];

const passing: Case[] = [
	[
		'a refused connection',
		'Nothing answers at k.example.com: the connection was refused',
		fails('ECONNREFUSED'),
	],
	['an unknown name', 'There is no server by the name of k.example.com', fails('ENOTFOUND')],
	['500', 'KLIQ is not working right now (HTTP 500)', answers(500)],
	[
		'503 with Retry-After 30',
		'KLIQ is not working right now (HTTP 503)',
		answers(503, { 'retry-after': '30' }),
	],
	['429', 'KLIQ is receiving too many requests', answers(429)],
	[
		'429 with Retry-After 3600',
		'KLIQ is receiving too many requests',
		answers(429, { 'retry-after': '3600' }),
	],
	['silence', 'k.example.com did not answer in time', hang],
];

const forPerson: Case[] = [
	['400', 'KLIQ did not accept the request: No', answers(400)],
	['401', 'KLIQ did not accept the API key', answers(401)],
	['403', 'The API key is not allowed to do this at KLIQ', answers(403)],
	['404', 'KLIQ does not know the tenant “t_demo”', answers(404)],
	['a redirect', 'The Base URL points elsewhere', answers(302)],
	[
		'an untrusted certificate',
		'The certificate of k.example.com is not trusted',
		fails('SELF_SIGNED_CERT_IN_CHAIN'),
	],
	[
		'a server without TLS',
		'k.example.com, or a proxy on the way to it, does not speak HTTPS',
		fails('EPROTO'),
	],
	[
		'a web page',
		'The answer did not come from KLIQ’s API',
		() => ({ statusCode: 403, headers: {}, body: '<html>Sign in</html>' }),
	],
];

describe.each(passing)('%s, which passes by itself,', (_what, reason, respond) => {
	it('fails no publication, and holds it up for 10 seconds at most', async () => {
		const { message, seconds } = await publish(respond);
		expect(message).toBe('no error');
		expect(seconds).toBeLessThan(10.1);
	});

	it('is told by delete within 16 seconds', async () => {
		const { message, seconds } = await call('delete', respond);
		expect(message).toMatch(/^KLIQ may still hold a webhook subscription/);
		expect(message).toContain(reason);
		expect(seconds).toBeLessThan(15.1);
	});
});

describe.each(forPerson)('%s, which only a person can end,', (_what, reason, respond) => {
	it('is told by create within a second, with the way that works', async () => {
		const { message, seconds } = await call('create', respond);
		expect(message).toContain(reason);
		expect(message).toMatch(
			/Then unpublish the workflow \(arrow beside Publish\), and publish it again\.$/,
		);
		expect(seconds).toBeLessThanOrEqual(1);
	});

	it('is told by a whole publication of n8n 2.x within 20 seconds, each time', async () => {
		const { messages, seconds } = await publishAsN8nV2(respond);
		for (const message of messages) expect(message).toContain(reason);
		expect(seconds).toBeLessThanOrEqual(20);
	});

	it('is told by delete at once', async () => {
		const { message, seconds } = await call('delete', respond);
		expect(message).toContain(reason);
		expect(seconds).toBeLessThanOrEqual(1);
	});
});

describe('a node without a webhook ID', () => {
	it('is refused on n8n 1.x, which never answers its URL', async () => {
		jest.spyOn(n8nVersion, 'isN8nV1').mockReturnValue(true);
		const context = node.hooks();
		const { webhookId, ...bare } = context.getNode();
		expect(webhookId).toBeDefined();
		jest.spyOn(context, 'getNode').mockReturnValue(bare);
		await expect(methods.create.call(context)).rejects.toThrow(
			/n8n gave this trigger no webhook URL.*Then publish the workflow again\.$/,
		);
	});
});
