import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NodeApiError } from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { kliqCredential } from '../support/kliqCredential';
import { listenOnFreePort } from '../support/listen';
import { byId, errorOf } from '../support/n8nCore/items';
import { NodeUnderTest } from '../support/n8nCore/node';
import { networkError, respondInstead } from '../support/n8nCore/respondInstead';
import { slept, useVirtualTime } from '../support/n8nCore/virtualTime';
import { requestsWith } from '../support/requestLog';
import type { ErrorShape, KliqSimulator } from '../support/simulator';
import { startUntrustedServer } from '../support/tlsServer';
import { useSimulator } from '../support/useSimulator';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

let kliq: KliqSimulator;

useVirtualTime();
useSimulator((started) => (kliq = started));

const credential = (more = {}) => kliqCredential(kliq, { signingSecret: 'whsec_shared', ...more });

const node = (parameters: object, more = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { resource: 'webhook', ...parameters },
		credential: credential(more),
	});

const list = (more = {}) => node({ operation: 'getAll', returnAll: true }, more);
const remove = (id: string, more = {}) => node({ operation: 'delete', webhookId: byId(id) }, more);
const create = (more = {}) =>
	node({ operation: 'create', url: 'https://a.example.com/', events: ['cv.job.failed'] }, more);

const imageUrl = 'https://images.example.com/shelf.jpg';

const seed = () =>
	kliq.seedSubscription({ url: 'https://a.example.com/', events: ['cv.job.failed'] });

describe('rate limiting', () => {
	it('waits for a Retry-After in seconds', async () => {
		kliq.faults.next({ status: 429, headers: { 'retry-after': '7' } });
		await list().execute();
		expect(slept.total).toBe(7_000);
		expect(requestsWith(kliq, 'GET')).toHaveLength(2);
	});

	it('waits until a Retry-After date', async () => {
		const date = new Date(Date.now() + 9_000).toUTCString();
		kliq.faults.next({ status: 429, headers: { 'retry-after': date } });
		await list().execute();
		expect(slept.total).toBe(9_000);
	});

	it('corrects a Retry-After date for clock skew', async () => {
		const kliqsTime = Date.now() + 300_000;
		const [date, retryAfter] = [kliqsTime, kliqsTime + 9_000].map((time) =>
			new Date(time).toUTCString(),
		);
		kliq.faults.next({ status: 429, headers: { date, 'retry-after': retryAfter } });
		await list().execute();
		expect(slept.total).toBe(9_000);
	});

	it.each([
		['without clock skew', 0],
		['with clock skew', -300_000],
	])('waits until X-RateLimit-Reset when Retry-After is missing, %s', async (_title, skew) => {
		const kliqsTime = Date.now() + skew;
		kliq.faults.next({
			status: 429,
			headers: {
				date: new Date(kliqsTime).toUTCString(),
				'x-ratelimit-remaining': '0',
				'x-ratelimit-reset': String(kliqsTime / 1_000 + 20),
			},
		});
		await list().execute();
		expect(slept.total).toBeGreaterThanOrEqual(19_999);
		expect(slept.total).toBeLessThanOrEqual(21_000);
	});

	it.each(['-1', '1,5', 'soon', '0', 'Thu, 01 Jan 2026 00:00:00 GMT'])(
		'uses exponential backoff for the invalid Retry-After %j',
		async (retryAfter) => {
			kliq.faults.next({ status: 429, headers: { 'retry-after': retryAfter } });
			await list().execute();
			expect(slept.total).toBeGreaterThanOrEqual(500);
			expect(slept.total).toBeLessThanOrEqual(1_000);
		},
	);

	it('keeps limiting after a Retry-After that exceeds the wait budget', async () => {
		kliq.settings.rateLimit = { requests: 2, windowSeconds: 10 };
		kliq.faults.next({ status: 429, headers: { 'retry-after': '3600' } });
		const nodeUnderTest = list();
		await errorOf(nodeUnderTest);
		for (let each = 0; each < 4; each++) await nodeUnderTest.execute();
		expect(kliq.requests.slice(1).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
	});

	it('uses exponential backoff from 1 s when Retry-After is missing', async () => {
		kliq.faults.next({ status: 429, times: 4 });
		await list().execute();
		// 1 + 2 + 4 + 8 seconds, each shortened by up to a half (jitter).
		expect(slept.total).toBeGreaterThanOrEqual(7_500);
		expect(slept.total).toBeLessThanOrEqual(15_000);
		expect(requestsWith(kliq, 'GET')).toHaveLength(5);
	});

	it('retries a POST, too: a 429 has no effect', async () => {
		kliq.faults.next({ status: 429, headers: { 'retry-after': '1' } });
		await create().execute();
		expect(kliq.subscriptions()).toHaveLength(1);
	});

	it('gives up after 5 attempts', async () => {
		kliq.faults.next({ status: 429, times: 5, headers: { 'retry-after': '2' } });
		const error = await errorOf(list());
		expect(error.message).toBe('KLIQ is receiving too many requests');
		expect(error.description).toBe(
			'n8n has tried 5 times. Run it again in a minute. For large jobs, send fewer items at once.',
		);
		expect(requestsWith(kliq, 'GET')).toHaveLength(5);
	});

	it('waits at most 60 s in total', async () => {
		kliq.faults.next({ status: 429, times: 5, headers: { 'retry-after': '25' } });
		await errorOf(list());
		expect(slept.total).toBe(50_000);
		expect(requestsWith(kliq, 'GET')).toHaveLength(3);
	});

	it('counts each wait once', async () => {
		kliq.faults.next({ status: 429, times: 4, headers: { 'retry-after': '14' } });
		await list().execute();
		expect(slept.total).toBe(4 * 14_000);
	});

	it('fails at once, naming the delay, when Retry-After exceeds the wait budget', async () => {
		kliq.faults.next({ status: 429, headers: { 'retry-after': '600' } });
		const error = await errorOf(list());
		expect(error.description).toBe(
			'KLIQ asks to come back in 10 minutes. For large jobs, send fewer items at once.',
		);
		expect(slept.total).toBe(0);
	});

	it('does not wait while requests remain in the window', async () => {
		kliq.settings.rateLimit = { requests: 5, windowSeconds: 10 };
		const nodeUnderTest = list();
		for (let each = 0; each < 4; each++) await nodeUnderTest.execute();
		expect(slept.total).toBe(0);
	});

	it('ends the wait and sends nothing more when the execution is canceled', async () => {
		kliq.faults.next({ status: 429, headers: { 'retry-after': '30' } });
		const cancel = new AbortController();
		slept.onSleep = () => cancel.abort();
		await expect(list().execute([{ json: {} }], cancel.signal)).rejects.toThrow(
			'The execution was canceled',
		);
		expect(slept.total).toBeLessThanOrEqual(500);
		expect(requestsWith(kliq, 'GET')).toHaveLength(1);
	});

	it('waits for the next window when no requests remain', async () => {
		kliq.settings.rateLimit = { requests: 2, windowSeconds: 10 };
		const nodeUnderTest = list();
		for (let each = 0; each < 5; each++) await nodeUnderTest.execute();
		expect(kliq.requests.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
		expect(slept.total).toBeGreaterThanOrEqual(10_000);
	});
});

describe('a transient failure', () => {
	it.each([408, 500, 502, 503, 504])('is retried after status %i', async (status) => {
		seed();
		kliq.faults.next({ status, times: 4 });
		expect(await list().execute()).toHaveLength(1);
	});

	it.each(['before', 'after'] as const)(
		'is retried when the connection closes %s processing',
		async (cut) => {
			seed();
			kliq.faults.next({ method: 'GET', cut });
			expect(await list().execute()).toHaveLength(1);
		},
	);

	it('is given up after 5 attempts', async () => {
		kliq.faults.next({ status: 503, times: 5 });
		const error = await errorOf(list());
		expect(error.message).toBe('KLIQ is not working right now (HTTP 503)');
		expect(error.description).toContain('Try again in a few minutes');
		expect(error.httpCode).toBe('503');
	});

	it('of a delete counts as success when the retry is answered with 404', async () => {
		const { id } = seed();
		kliq.faults.next({ method: 'DELETE', cut: 'after' });
		expect(await remove(id).execute()).toEqual([
			{ json: { deleted: true }, pairedItem: { item: 0 } },
		]);
		expect(requestsWith(kliq, 'DELETE').map(({ status }) => status)).toContain(404);
		expect(kliq.subscriptions()).toEqual([]);
	});

	it('of a delete is hinted at where the retry finds nothing, and only there', async () => {
		const hints = async (id: string) => (await remove(id).hints()).map(({ message }) => message);
		expect(await hints(seed().id)).toEqual([]);
		kliq.faults.next({ method: 'DELETE', status: 429 });
		expect(await hints(seed().id)).toEqual([]);

		const unknown =
			'KLIQ failed at the first attempt to delete the webhook subscription, and did not know it at the next. It does not exist now; if its ID was wrong, nothing was deleted.';
		kliq.faults.next({ method: 'DELETE', cut: 'after' });
		expect(await hints(seed().id)).toEqual([unknown]);
		kliq.faults.next({ method: 'DELETE', status: 502 });
		expect(await hints('wh_never_was')).toEqual([unknown]);
	});

	it.each<[string, object]>([
		['a 500', { status: 500 }],
		['a connection closed before processing', { cut: 'before' }],
		['a connection closed after processing', { cut: 'after' }],
	])('of a POST is never retried: %s', async (_what, fault) => {
		kliq.faults.next({ method: 'POST', ...fault });
		const { description } = await errorOf(create());
		expect(requestsWith(kliq, 'POST')).toHaveLength(1);
		expect(description).toContain(
			'KLIQ may have done it all the same: look among the webhook subscriptions before you run it again.',
		);
		expect(description).not.toMatch(/try again/i);
	});

	it('of a GET may be retried by the user', async () => {
		kliq.faults.next({ cut: 'after', times: 5 });
		const { message, description } = await errorOf(list());
		expect(message).toContain('broke off');
		expect(description).toContain('Try again in a few minutes.');
		expect(description).not.toContain('may have done it');
	});
});

describe('errors', () => {
	it('wrong key', async () => {
		const error = await errorOf(list({ apiKey: 'kliq_live_wrong' }));
		expect(error.message).toBe('KLIQ did not accept the API key');
		expect(error.description).toBe(
			'Open the KLIQ API credential and paste the whole key again. If it was revoked at KLIQ, create a new one there.',
		);
		expect(error.httpCode).toBe('401');
	});

	it('missing scope', async () => {
		const apiKey = kliq.addKey({ scopes: ['observations:read'] });
		const error = await errorOf(list({ apiKey }));
		expect(error.message).toBe('The API key is not allowed to do this at KLIQ');
		expect(error.description).toContain('Give the key the scope webhooks:manage at KLIQ');
	});

	it('unknown tenant', async () => {
		const error = await errorOf(list({ tenantId: 't_wrong' }));
		expect(error.message).toBe('KLIQ does not know the tenant “t_wrong”');
		expect(error.description).toContain('Check the Tenant ID');
	});

	it('unknown ID', async () => {
		const error = await errorOf(remove('wh_unknown'));
		expect(error.message).toBe('KLIQ has no webhook subscription with the ID “wh_unknown”');
		expect(error.description).toContain('Choose the webhook subscription from the list');
	});

	it('unknown tenant of an entity, with the API’s message', async () => {
		const error = await errorOf(remove('wh_1', { tenantId: 't_wrong' }));
		expect(error.message).toBe('KLIQ has no webhook subscription with the ID “wh_1”');
		expect(error.description).toContain(
			'check the Tenant ID in the KLIQ API credential (now t_wrong)',
		);
		expect(error.description).toMatch(/KLIQ says: .*tenant/i);
	});

	it.each<[string, object]>([
		['beside an empty message', { message: ' ', error: 'Bad url' }],
		['in detail', { detail: 'Bad url' }],
		[
			'in the first of several errors',
			{ errors: [{ message: 'Bad url' }, { message: 'Bad events' }] },
		],
		['in a list of strings', { errors: ['Bad url'] }],
	])('finds the API’s message: %s', async (_where, body) => {
		kliq.faults.next({ status: 400, body });
		const { message } = await errorOf(create());
		expect(message).toBe('KLIQ did not accept the request: Bad url');
	});

	it.each<ErrorShape>(['nested', 'message', 'error'])(
		'invalid request, with the API’s message (%s)',
		async (errorShape) => {
			kliq.settings.errorShape = errorShape;
			kliq.faults.next({ status: 422 });
			const error = await errorOf(create());
			expect(error.message).toBe('KLIQ did not accept the request: Planned fault');
			expect(error.description).toContain('Correct the values');
		},
	);

	describe.each([
		['text', 'Blocked by policy'],
		['nothing', ''],
		['JSON without a message', { fault: { text: 'Blocked' } }],
	])('refusal with %s, which a proxy may have given,', (_what, body) => {
		it.each([
			[401, 'did not accept the API key'],
			[403, 'does not allow the API key to do this'],
			[404, `does not know the tenant “t_demo”`],
			[422, 'did not accept the request (HTTP 422)'],
			[429, 'is receiving too many requests'],
		])('%d names both', async (status, refusal) => {
			const headers = { 'content-type': 'text/plain' };
			const isText = typeof body === 'string';
			kliq.faults.next({ status, body, ...(isText && { headers }), times: Infinity });
			const error = await errorOf(list());
			expect(error.message).toBe(`KLIQ, or a proxy on the way to it, ${refusal}`);
			if (status === 429) return;
			expect(error.description).toMatch(/does not look like KLIQ’s.* proxy or firewall/);
		});

		it('503 names both', async () => {
			kliq.faults.next({ status: 503, body, times: Infinity });
			const { description } = await errorOf(list());
			expect(description).toMatch(/does not look like KLIQ’s.* proxy or firewall/);
		});
	});

	it('client error with an HTML body of a proxy', async () => {
		kliq.settings.errorShape = 'html';
		kliq.faults.next({ status: 418 });
		expect((await errorOf(create())).message).toBe(
			'The answer did not come from KLIQ’s API: it is a web page (HTTP 418)',
		);
	});

	it.each([
		['HTML', '<!doctype html><title>Welcome</title>'],
		['an empty body', ''],
		['a string', '"ok"'],
	])('%s instead of JSON', async (_what, body) => {
		kliq.faults.next({ status: 200, times: 2, body, headers: { 'content-type': 'text/html' } });
		const error = await errorOf(list());
		expect(error.message).toBe('The answer did not come from KLIQ’s API: it is not JSON');
		expect(error.description).toMatch(/^Check the Base URL/);
		const ofCreate = await errorOf(create());
		expect(ofCreate.message).toBe('The answer did not come from KLIQ’s API: it is not JSON');
		expect(ofCreate.description).toMatch(/^KLIQ may have done it all the same.*Check the Base URL/);
	});

	it('HTML as the response to a delete, which does not confirm it', async () => {
		const { id } = seed();
		kliq.faults.next({
			status: 200,
			body: '\n<html>Sign in</html>',
			headers: { 'content-type': 'text/html' },
		});
		const error = await errorOf(remove(id));
		expect(error.message).toBe('The answer did not come from KLIQ’s API: it is not JSON');
	});

	it('request timeout reported by the server', async () => {
		kliq.faults.next({ status: 408 });
		const { message, description } = await errorOf(create());
		expect(message).toMatch(/did not answer in time$/);
		expect(description).toContain('look among the webhook subscriptions');
	});

	it('JSON that is not a list', async () => {
		kliq.faults.next({ status: 200, body: { ok: true } });
		const error = await errorOf(list());
		expect(error.message).toBe('KLIQ’s answer holds no list of webhook subscriptions');
	});

	it('created subscription without an ID', async () => {
		kliq.faults.next({ status: 201, body: { ok: true } });
		const error = await errorOf(create());
		expect(error.message).toBe('KLIQ did not say which webhook subscription it made');
		expect(error.description).toContain('Look among the webhook subscriptions before you run this');
	});

	it('connection refused', async () => {
		const error = await errorOf(list({ baseUrl: 'http://127.0.0.1:9/v1' }));
		expect(error.message).toBe('Nothing answers at 127.0.0.1:9: the connection was refused');
		expect(error.description).toContain('Check the Base URL');
	});

	it('name not resolved', async () => {
		const error = await errorOf(list({ baseUrl: 'http://kliq.invalid/v1' }));
		expect(error.message).toBe('There is no server by the name of kliq.invalid');
		expect(error.description).toContain('Check the Base URL');
	});

	it('certificate not trusted', async () => {
		const { host, stop } = await startUntrustedServer();
		const error = await errorOf(list({ baseUrl: `https://${host}/v1` }));
		stop();
		expect(error.message).toBe(`The certificate of ${host} is not trusted`);
		expect(error.description).toContain('NODE_EXTRA_CA_CERTS');
		expect(slept.total).toBe(0);
	});

	it('HTTPS request to an HTTP server', async () => {
		const baseUrl = kliq.baseUrl.replace('http:', 'https:');
		const error = await errorOf(list({ baseUrl }));
		expect(error.message).toBe(
			`${new URL(baseUrl).host}, or a proxy on the way to it, does not speak HTTPS`,
		);
		expect(error.description).toContain('begin the Base URL with http://');
		expect(slept.total).toBe(0);
	});

	it('plain server or proxy at a public address, which is never given the key in the clear', async () => {
		const context = list({ baseUrl: 'https://kliq.example.com/v1' }).execution();
		const send = jest.spyOn(context.helpers, 'httpRequestWithAuthentication');
		send.mockRejectedValue(
			new NodeApiError(context.getNode(), { message: 'wrong version number', code: 'EPROTO' }),
		);
		const error = (await new Kliq().execute.call(context).catch((each) => each)) as NodeApiError;
		expect(error.description).not.toContain('begin the Base URL');
		expect(error.description).toContain('the proxy’s own address in HTTPS_PROXY');
	});

	it('response timeout', async () => {
		const nodeUnderTest = create();
		const context = nodeUnderTest.execution();
		const send = jest.spyOn(context.helpers, 'httpRequestWithAuthentication');
		// n8n wraps the timeout error of its HTTP client like this.
		send.mockRejectedValue(
			new NodeApiError(context.getNode(), { message: 'timeout', code: 'ECONNABORTED' }),
		);
		await expect(new Kliq().execute.call(context)).rejects.toMatchObject({
			message: expect.stringContaining('did not answer in time'),
			description: expect.stringContaining('firewall or proxy'),
		});
		expect(send.mock.calls[0][1]).toMatchObject({
			timeout: 30_000,
			abortSignal: expect.any(AbortSignal),
		});
	});

	it.each([
		['apiKey', { apiKey: ' ' }, 'The KLIQ API credential has no API key'],
		['tenantId', { tenantId: '' }, 'The KLIQ API credential has no usable Tenant ID'],
		['tenantId', { tenantId: '..' }, 'The KLIQ API credential has no usable Tenant ID'],
		...[
			'ftp://a',
			'mailto:a',
			'https:a.example.com',
			'user@a.example.com/v1',
			'https://user@a/v1',
			'https://:password@a/v1',
			'https://a/v1?b',
			'https://a/v1#b',
		].map((baseUrl): [string, object, string] => [
			'baseUrl',
			{ baseUrl },
			'The Base URL of the KLIQ API credential is not a web address',
		]),
	])('unusable %s in the credential: %j', async (_field, values, message) => {
		const error = await errorOf(list(values));
		expect(error.message).toBe(message);
		expect(error.description).toContain('Open the credential');
		expect(kliq.requests).toEqual([]);
	});

	it.each(['.', '..', '\ud800'])('invalid ID: %j', async (id) => {
		const error = await errorOf(remove(id));
		expect(error.message).toBe('This is not the ID of a webhook subscription');
		expect(error.description).toBe(
			'Choose the webhook subscription from the list, or enter its ID as KLIQ shows it. If the ID comes from an expression, check that it is not empty.',
		);
		expect(kliq.requests).toEqual([]);
	});

	it('invalid ID of a location, which has no list', async () => {
		const { message, description } = await errorOf(
			node({ resource: 'observation', operation: 'create', locationId: '..', imageUrl }),
		);
		expect(message).toBe('This is not the ID of a location');
		expect(description).toMatch(/^Enter its ID as KLIQ shows it/);
		expect(kliq.requests).toEqual([]);
	});

	it('unknown ID of what is not deleted, also after a transient failure', async () => {
		kliq.faults.next({ status: 503 });
		const error = await errorOf(
			node({ resource: 'observation', operation: 'get', observationId: byId('obs_none') }),
		);
		expect(error.message).toBe('KLIQ has no observation with the ID “obs_none”');
	});

	it.each([
		['EHOSTUNREACH', /^n8n’s machine cannot reach 127/, /connected to the internet/],
		['ENETUNREACH', /^n8n’s machine cannot reach 127/, /connected to the internet/],
		['ERR_INVALID_CHAR', /^The API key holds a character that cannot/, /paste the key again/],
		['200', /cannot be read: it is damaged$/, /^Try again in a few minutes\. Check the Base URL/],
		['E200', /^The connection to 127.* broke off$/, /HTTPS_PROXY\), if any\.$/],
		['2E2', /^The connection to 127.* broke off$/, /HTTPS_PROXY\), if any\.$/],
		[200, /^The connection to 127.* broke off$/, /if any\. n8n reports: 200$/],
	])('failure without a response: %j', async (code, message, description) => {
		const context = list().execution();
		respondInstead(context, () => {
			throw networkError(code as string);
		});
		await expect(new Kliq().execute.call(context)).rejects.toMatchObject({
			message: expect.stringMatching(message),
			description: expect.stringMatching(description),
		});
	});

	it('show neither key nor secret when the response repeats them', async () => {
		const echo = `${kliq.apiKey} and whsec_shared are wrong`;
		for (const status of [400, 401, 403, 404, 422, 500]) {
			kliq.faults.next({ status, body: { error: { message: echo } } });
			const error = await errorOf(create());
			const shown = JSON.stringify([error, error.message, error.description, error.messages]);
			expect(shown).not.toContain(kliq.apiKey);
			expect(shown).not.toContain('whsec_shared');
		}
	});
});

describe('request URLs', () => {
	it.each(['../t_other', 'a/b', 'a?b', 'a#b', 'a%2e%2e', 'a\nb', 'ä🧃'])(
		'contain the ID %j as one segment',
		async (id) => {
			await errorOf(remove(id));
			const [{ path }] = requestsWith(kliq, 'DELETE');
			expect(path).toBe(`/v1/tenants/t_demo/webhooks/${encodeURIComponent(id)}`);
		},
	);

	it.each(['/', '///', ' \n'])('tolerate %j after the base URL', async (tail) => {
		seed();
		expect(await list({ baseUrl: ` ${kliq.baseUrl}${tail}` }).execute()).toHaveLength(1);
	});
});

describe('a redirect', () => {
	let redirectTarget: Server;
	let port: number;
	const visits: unknown[] = [];

	beforeEach(async () => {
		redirectTarget = createServer((request, response) => {
			visits.push(request.headers);
			response.end('[]');
		});
		port = await listenOnFreePort(redirectTarget);
	});

	afterEach(() => {
		redirectTarget.close();
	});

	it('is not followed, so no other server receives the key', async () => {
		const location = `http://localhost:${port}/`;
		kliq.faults.next({ status: 302, headers: { location } });
		const error = await errorOf(list());
		expect(error.message).toBe('The Base URL points elsewhere: it answered with a redirect');
		expect(error.description).toMatch(
			/^The API key is never sent on to another address\. Check the Base URL/,
		);
		expect(visits).toEqual([]);
	});
});
