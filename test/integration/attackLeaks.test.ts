import { createServer, type Server } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { readApiMessage } from '../../nodes/Kliq/transport/errors';
import { redactSecrets } from '../../nodes/Kliq/utils/redact';
import { kliqCredential } from '../support/kliqCredential';
import { listenOnFreePort } from '../support/listen';
import { errorOf } from '../support/n8nCore/items';
import { NodeUnderTest } from '../support/n8nCore/node';
import { slept, useVirtualTime } from '../support/n8nCore/virtualTime';
import { requestsWith } from '../support/requestLog';
import type { Fault, KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

/** The API's message in a body, as errors of a node with this credential show it. */
const apiErrorMessage = (
	{ apiKey, signingSecret }: { apiKey: string; signingSecret?: string },
	body: unknown,
	...moreSecrets: unknown[]
) =>
	readApiMessage(
		{ redact: (text, ...more) => redactSecrets(text, [apiKey, signingSecret, ...more]) },
		body,
		...moreSecrets,
	);

let kliq: KliqSimulator;

useVirtualTime();
useSimulator((started) => (kliq = started));

const credential = (more = {}) => kliqCredential(kliq, more);

const create = (more = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: {
			resource: 'webhook',
			operation: 'create',
			url: 'https://a.example.com/',
			events: ['cv.job.failed'],
		},
		credential: credential(more),
	});

const list = (more = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { resource: 'webhook', operation: 'getAll', returnAll: true },
		credential: credential(more),
	});

/** The whole error as text, including hidden properties and causes. */
const everythingIn = (error: unknown) =>
	inspect(error, {
		depth: Infinity,
		showHidden: true,
		maxStringLength: null,
		breakLength: Infinity,
	});

describe('an error contains no API key when the response is', () => {
	it.each<[string, Fault]>([
		['interrupted', { cut: 'before' }],
		['corrupt gzip data', { status: 200, body: 'xxxx', headers: { 'content-encoding': 'gzip' } }],
		[
			'corrupt gzip data of an error response',
			{ status: 400, body: 'xxxx', headers: { 'content-encoding': 'gzip' } },
		],
		['corrupt brotli data', { status: 200, body: 'xxxx', headers: { 'content-encoding': 'br' } }],
		[
			'incomplete JSON',
			{ status: 200, body: '{"data":[', headers: { 'content-type': 'application/json' } },
		],
		['a redirect to an invalid URL', { status: 302, headers: { location: 'http://[' } }],
	])('%s', async (_what, fault) => {
		for (const nodeUnderTest of [list(), create()]) {
			kliq.faults.clear();
			kliq.faults.next({ ...fault, times: 9 });
			const everything = everythingIn(await errorOf(nodeUnderTest));
			expect(everything).not.toContain(kliq.apiKey);
			expect(everything).not.toContain('X-API-Key');
			expect(everything).not.toContain('whsec_');
		}
	});

	it('corrupt, which is retried for GET only and then reported', async () => {
		const damaged = { status: 200, body: 'xxxx', headers: { 'content-encoding': 'gzip' } };
		kliq.faults.next(damaged);
		expect(await list().execute()).toEqual([]);
		kliq.faults.next({ ...damaged, times: 9 });
		const error = await errorOf(list());
		expect(error.message).toContain('cannot be read: it is damaged');
		expect(error.description).toContain('Check the Base URL');
		kliq.faults.clear();
		kliq.faults.next({ ...damaged, method: 'POST' });
		await errorOf(create());
		expect(requestsWith(kliq, 'POST')).toHaveLength(1);
	});

	it('replaced by an error of n8n’s helper', async () => {
		const context = list().execution();
		const cause = Object.assign(new Error(`Bad ${kliq.apiKey}`), { config: { key: kliq.apiKey } });
		jest.spyOn(context.helpers, 'httpRequestWithAuthentication').mockRejectedValue(cause);
		const error: unknown = await new Kliq().execute
			.call(context)
			.catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({
			message: expect.stringContaining('broke off'),
			description: expect.stringContaining('n8n reports: Bad …'),
		});
		expect(everythingIn(error)).not.toContain(kliq.apiKey);
	});
});

describe('a secret in a response is redacted', () => {
	const ODD = 'a"b\\c/d+e f&g=h?i$1.*(j)[k]{l}|^é🧃%00';
	const encodings: Array<[string, (secret: string) => string]> = [
		['unencoded', (secret) => secret],
		['URL-encoded', encodeURIComponent],
		['URL-encoded in lower case', (secret) => encodeURIComponent(secret).toLowerCase()],
		['form-encoded', (secret) => encodeURIComponent(secret).replaceAll('%20', '+')],
		['as JSON', (secret) => JSON.stringify(secret)],
		['in upper case', (secret) => secret.toUpperCase()],
		['as base64', (secret) => Buffer.from(secret).toString('base64')],
		['twice in succession', (secret) => secret + secret],
	];

	it.each(encodings)('%s', async (_encoding, encode) => {
		const echo = `<${encode(ODD)}>`;
		for (const secrets of [{ signingSecret: ODD }, { apiKey: ODD.replace('é🧃', '') }]) {
			const account = { ...credential(), ...secrets };
			const text = `<${encode(secrets.signingSecret ?? account.apiKey)}>`;
			const shown = apiErrorMessage(account, { error: { message: text } });
			expect(shown).toMatch(/^<"?…+"?>$/);
		}
		kliq.faults.next({ status: 400, body: { message: echo } });
		const error = await errorOf(create({ signingSecret: ODD }));
		expect(error.message).toMatch(/^KLIQ did not accept the request: <"?…+"?>$/);
		expect(everythingIn(error)).not.toContain(echo);
	});

	it('when it is a prefix of another secret', () => {
		const account = { ...credential(), apiKey: 'abc', signingSecret: 'abcdef' };
		expect(apiErrorMessage(account, { message: 'it is abcdef, not abc' }, 'abcdefghi')).toBe(
			'it is …, not …',
		);
		expect(apiErrorMessage(account, { message: 'abcdefghi' }, 'abcdefghi')).toBe('…');
	});

	it('when it is unknown but has KLIQ’s prefix, also when truncated', () => {
		const message = `${'whsec_' + 'f'.repeat(64)} and kliq_live_abcd... do not fit`;
		expect(apiErrorMessage(credential(), { message })).toBe('… and …... do not fit');
	});

	it.each(['.', '.*', '$&', '\\', '[', '(?<', 'a'])('when it is %j', (signingSecret) => {
		const account = { ...credential(), signingSecret };
		expect(apiErrorMessage(account, { message: `b${signingSecret}b` })).toBe('b…b');
	});

	it('when it has no URL encoding', () => {
		const account = { ...credential(), signingSecret: 'a\ud800b' };
		expect(apiErrorMessage(account, { message: '<a\ud800b>' })).toBe('<…>');
	});

	it('in headers and in a body that is not JSON', async () => {
		for (const status of [200, 302, 401, 404, 429, 503]) {
			kliq.faults.clear();
			kliq.faults.next({
				status,
				body: `<p>whsec_shared ${kliq.apiKey}</p>`,
				headers: { location: `/${kliq.apiKey}`, 'retry-after': '9999', 'x-echo': 'whsec_shared' },
			});
			const everything = everythingIn(await errorOf(create({ signingSecret: 'whsec_shared' })));
			expect(everything).not.toContain(kliq.apiKey);
			expect(everything).not.toContain('whsec_shared');
		}
	});

	it('when a trigger generated it and a later response repeats it', async () => {
		const trigger = new NodeUnderTest(new KliqTrigger(), {
			parameters: { events: ['visit.submitted'], respond: 'onReceived' },
			credential: credential(),
		});
		const secretOf = () => kliq.subscriptions()[0].secret;
		const { create: subscribe, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;
		await subscribe.call(trigger.hooks());
		kliq.faults.next({
			method: 'DELETE',
			status: 400,
			body: { message: `not ${secretOf()}` },
			times: 2,
		});
		const error: unknown = await unsubscribe
			.call(trigger.hooks())
			.catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ message: expect.stringContaining('not …') });
		expect(everythingIn(error)).not.toContain(secretOf());
	});
});

describe('the API’s message', () => {
	it('becomes a single line without control characters', () => {
		const message = 'a\r\n2026 | info | b\u0000\u001b[31mc\u2028d\u202ee\u0085f\u009b1mg';
		const shown = apiErrorMessage(credential(), { message });
		expect(shown).toBe('a 2026 | info | b [31mc d e f 1mg');
	});

	it('is truncated, and the truncation leaves no part of a secret', async () => {
		kliq.faults.next({ status: 400, body: { message: 'x'.repeat(5_000_000) } });
		const error = await errorOf(create());
		expect(everythingIn(error).length).toBeLessThan(20_000);
		const cut = apiErrorMessage(credential(), { message: `${'x'.repeat(490)}${kliq.apiKey}` });
		expect(cut).toBe(`${'x'.repeat(490)}…`);
	});

	it.each([[null], [undefined], [1], ['text'], [[]], [{ error: null }], [{ message: {} }]])(
		'is empty for %j',
		(body) => {
			expect(apiErrorMessage(credential(), body)).toBe('');
		},
	);
});

describe('a redirect', () => {
	let redirectTarget: Server;
	let port: number;
	let visits = 0;

	beforeEach(async () => {
		visits = 0;
		redirectTarget = createServer((_request, response) => {
			visits += 1;
			response.end('[]');
		});
		port = await listenOnFreePort(redirectTarget);
	});

	afterEach(() => {
		redirectTarget.close();
	});

	it.each([300, 301, 302, 303, 305, 307, 308])(
		'with status %i is never followed, for any method',
		async (status) => {
			const location = `http://localhost:${port}/v1`;
			const remove = new NodeUnderTest(new Kliq(), {
				parameters: { resource: 'webhook', operation: 'delete', webhookId: 'wh_1' },
				credential: credential(),
			});
			for (const nodeUnderTest of [list(), create(), remove]) {
				kliq.faults.next({ status, headers: { location } });
				expect((await errorOf(nodeUnderTest)).message).toContain('answered with a redirect');
			}
			expect(visits).toBe(0);
			expect(kliq.requests).toHaveLength(3);
			expect(slept.total).toBe(0);
		},
	);
});
