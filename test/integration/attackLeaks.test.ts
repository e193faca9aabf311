import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { readApiMessage } from '../../nodes/Kliq/transport/errors';
import { redactSecrets } from '../../nodes/Kliq/utils/redact';
import { kliqCredential } from '../support/kliqCredential';
import { errorOf } from '../support/n8nCore/items';
import { NodeUnderTest } from '../support/n8nCore/node';
import { slept, startVirtualTime, stopVirtualTime } from '../support/n8nCore/virtualTime';
import { startKliqSimulator, type Fault, type KliqSimulator } from '../support/simulator';

jest.mock('n8n-workflow', () =>
	jest
		.requireActual<
			typeof import('../support/n8nCore/virtualTime')
		>('../support/n8nCore/virtualTime')
		.virtualSleep(),
);

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

beforeEach(async () => {
	startVirtualTime();
	kliq = await startKliqSimulator();
});

afterEach(async () => {
	stopVirtualTime();
	await kliq.stop();
});

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

/** All that an error holds, hidden properties and what caused it included. */
const everythingIn = (error: unknown) =>
	inspect(error, {
		depth: Infinity,
		showHidden: true,
		maxStringLength: null,
		breakLength: Infinity,
	});

describe('an error holds no key, however the answer fails', () => {
	it.each<[string, Fault]>([
		['cut off', { cut: 'before' }],
		[
			'compressed data with an error',
			{ status: 200, body: 'xxxx', headers: { 'content-encoding': 'gzip' } },
		],
		[
			'the same in a refusal',
			{ status: 400, body: 'xxxx', headers: { 'content-encoding': 'gzip' } },
		],
		['the same as brotli', { status: 200, body: 'xxxx', headers: { 'content-encoding': 'br' } }],
		[
			'JSON that breaks off',
			{ status: 200, body: '{"data":[', headers: { 'content-type': 'application/json' } },
		],
		['a redirect to nowhere', { status: 302, headers: { location: 'http://[' } }],
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

	it('and says that a damaged answer was one, after trying again where that is safe', async () => {
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
		expect(kliq.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
	});

	it('and none where n8n’s helper fails in a way of its own', async () => {
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

describe('an error holds no secret that the answer repeats', () => {
	const ODD = 'a"b\\c/d+e f&g=h?i$1.*(j)[k]{l}|^é🧃%00';
	const forms: Array<[string, (secret: string) => string]> = [
		['as it is', (secret) => secret],
		['in an address', encodeURIComponent],
		['in an address, in lower case', (secret) => encodeURIComponent(secret).toLowerCase()],
		['in a form', (secret) => encodeURIComponent(secret).replaceAll('%20', '+')],
		['in JSON', (secret) => JSON.stringify(secret)],
		['in capitals', (secret) => secret.toUpperCase()],
		['in base64', (secret) => Buffer.from(secret).toString('base64')],
		['twice in a row', (secret) => secret + secret],
	];

	it.each(forms)('%s', async (_form, write) => {
		const echo = `<${write(ODD)}>`;
		for (const secrets of [{ signingSecret: ODD }, { apiKey: ODD.replace('é🧃', '') }]) {
			const account = { ...credential(), ...secrets };
			const text = `<${write(secrets.signingSecret ?? account.apiKey)}>`;
			const words = apiErrorMessage(account, { error: { message: text } });
			expect(words).toMatch(/^<"?…+"?>$/);
		}
		kliq.faults.next({ status: 400, body: { message: echo } });
		const error = await errorOf(create({ signingSecret: ODD }));
		expect(error.message).toMatch(/^KLIQ did not accept the request: <"?…+"?>$/);
		expect(everythingIn(error)).not.toContain(echo);
	});

	it('where one is the beginning of another', () => {
		const account = { ...credential(), apiKey: 'abc', signingSecret: 'abcdef' };
		expect(apiErrorMessage(account, { message: 'it is abcdef, not abc' }, 'abcdefghi')).toBe(
			'it is …, not …',
		);
		expect(apiErrorMessage(account, { message: 'abcdefghi' }, 'abcdefghi')).toBe('…');
	});

	it('that nobody handed over with the call, or that is cut', () => {
		const message = `${'whsec_' + 'f'.repeat(64)} and kliq_live_abcd... do not fit`;
		expect(apiErrorMessage(credential(), { message })).toBe('… and …... do not fit');
	});

	it.each(['.', '.*', '$&', '\\', '[', '(?<', 'a'])('that is as odd as %j', (signingSecret) => {
		const account = { ...credential(), signingSecret };
		expect(apiErrorMessage(account, { message: `b${signingSecret}b` })).toBe('b…b');
	});

	it('that has no encoding', () => {
		const account = { ...credential(), signingSecret: 'a\ud800b' };
		expect(apiErrorMessage(account, { message: '<a\ud800b>' })).toBe('<…>');
	});

	it('in headers, or a body that is no JSON', async () => {
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

	it('that a trigger made, when a later call repeats it', async () => {
		const trigger = new NodeUnderTest(new KliqTrigger(), {
			parameters: { events: ['visit.submitted'], respond: 'onReceived' },
			credential: credential(),
		});
		const secretOf = () => kliq.subscriptions()[0].secret;
		const { create: subscribe, delete: unsubscribe } = new KliqTrigger().webhookMethods.default;
		await subscribe.call(trigger.hooks());
		kliq.faults.next({ status: 400, body: { message: `not ${secretOf()}` } });
		const error: unknown = await unsubscribe
			.call(trigger.hooks())
			.catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({ message: expect.stringContaining('not …') });
		expect(everythingIn(error)).not.toContain(secretOf());
	});
});

describe('KLIQ’s own words', () => {
	it('are one line, which no terminal and no reader takes for more', () => {
		const message = 'a\r\n2026 | info | b\u0000\u001b[31mc\u2028d\u202ee\u0085f\u009b1mg';
		const words = apiErrorMessage(credential(), { message });
		expect(words).toBe('a 2026 | info | b [31mc d e f 1mg');
	});

	it('are not longer than a person reads, and hold no part of a secret at the cut', async () => {
		kliq.faults.next({ status: 400, body: { message: 'x'.repeat(5_000_000) } });
		const error = await errorOf(create());
		expect(everythingIn(error).length).toBeLessThan(20_000);
		const cut = apiErrorMessage(credential(), { message: `${'x'.repeat(490)}${kliq.apiKey}` });
		expect(cut).toBe(`${'x'.repeat(490)}…`);
	});

	it.each([[null], [undefined], [1], ['text'], [[]], [{ error: null }], [{ message: {} }]])(
		'are none in %j',
		(body) => {
			expect(apiErrorMessage(credential(), body)).toBe('');
		},
	);
});

describe('a redirect', () => {
	let elsewhere: Server;
	let visits = 0;

	beforeEach(async () => {
		visits = 0;
		elsewhere = createServer((_request, response) => {
			visits += 1;
			response.end('[]');
		});
		await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
	});

	afterEach(() => {
		elsewhere.close();
	});

	it.each([300, 301, 302, 303, 305, 307, 308])(
		'with %i is followed nowhere, whatever was asked',
		async (status) => {
			const location = `http://localhost:${(elsewhere.address() as AddressInfo).port}/v1`;
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
