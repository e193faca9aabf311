import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { kliqCredential } from '../../support/kliqCredential';
import { isN8nV1 } from '../../support/n8n';
import type { Fault } from '../../support/simulator';
import type { OpenTestBed, TestBed } from '../../support/testBed';
import { startUntrustedServer } from '../../support/tlsServer';
import { N8N_VERSION } from '../../support/versionUnderTest';

const HTML = { 'content-type': 'text/html' };

/** The messages in the documents' table of what the test says, by their cause, for the n8n under test. */
function messagesOf(cause: string): string[] {
	const page = readFileSync(join(__dirname, '../../../docs/troubleshooting.md'), 'utf8');
	const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
	const column = isN8nV1(N8N_VERSION) ? 2 : 1;
	return rows
		.filter((cells) => cells[3] === cause)
		.flatMap((cells) => cells[column].split(/, | and others/))
		.map((text) => text.replaceAll(/`|…/g, '').trim())
		.filter((text) => text !== '');
}

function expectExplained({ status, message }: { status: string; message: string }, cause: string) {
	expect(status).toBe('Error');
	const isExplained = messagesOf(cause).some((text) => message.includes(text));
	expect({ message, isExplained }).toEqual({ message, isExplained: true });
}

export function describeCredential(openTestBed: OpenTestBed): void {
	describe(`the credential’s test button in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;
		let untrusted: Awaited<ReturnType<typeof startUntrustedServer>>;

		beforeAll(async () => {
			testBed = await openTestBed();
			untrusted = await startUntrustedServer();
		});

		afterAll(async () => {
			untrusted?.stop();
			await testBed?.close();
		});

		const test = async (more: object = {}) =>
			await testBed.client.testCredential('kliqApi', kliqCredential(testBed.kliq, { ...more }));

		it('succeeds with the right values, white space and slashes around them included', async () => {
			expect(await test()).toMatchObject({ status: 'OK' });
			const { apiKey, tenantId, baseUrl } = testBed.kliq;
			expect(
				await test({
					apiKey: ` ${apiKey}\n`,
					tenantId: ` ${tenantId} `,
					baseUrl: ` ${baseUrl}// `,
				}),
			).toMatchObject({ status: 'OK' });
		});

		// n8n 1.x hides the answer's status from a credential's own messages (a class field of its
		// `ExecutionBaseError` overwrites `cause`), so there n8n's messages have to tell.
		it.each<[string, () => object, RegExp, RegExp]>([
			[
				'wrong key',
				() => ({ apiKey: 'kliq_live_wrong' }),
				/did not accept the API key/,
				/Authorization failed/,
			],
			[
				'a key without the scope',
				() => ({ apiKey: testBed.kliq.addKey({ scopes: ['observations:read'] }) }),
				/scope webhooks:manage/,
				/Forbidden/,
			],
			[
				'wrong tenant',
				() => ({ tenantId: 't_wrong' }),
				/does not know this tenant/,
				/could not be found/,
			],
			[
				'an address where nothing listens',
				() => ({ baseUrl: 'http://127.0.0.1:9/v1' }),
				/ECONNREFUSED/,
				/refused the connection/,
			],
		])('names the cause: %s', async (_what, values, message, messageOfV1) => {
			expect(await test(values())).toEqual({
				status: 'Error',
				message: expect.stringMatching(isN8nV1(N8N_VERSION) ? messageOfV1 : message),
			});
		});

		it.each<[string, string, () => object]>([
			['the address', 'a name that there is not', () => ({ baseUrl: 'kliq.invalid/v1' })],
			['no answer', 'nothing listens', () => ({ baseUrl: 'http://127.0.0.1:9/v1' })],
			['no HTTPS', 'an HTTP server', () => ({ baseUrl: new URL(testBed.kliq.baseUrl).host })],
			['the certificate', 'one that is not trusted', () => ({ baseUrl: untrusted.host })],
		])('is explained in the documents where the cause is %s: %s', async (cause, _what, values) => {
			expectExplained(await test(values()), cause);
		});

		it.each<[string, string, Fault]>([
			['the address', 'a redirect', { status: 302, headers: { location: '/login' } }],
			['the address', 'a web page', { status: 200, headers: HTML, body: '<p>Welcome</p>' }],
			['the address', 'another API', { status: 200, body: { ok: true } }],
			['no answer', 'a broken connection', { cut: 'before' }],
			['a proxy', 'without its password', { status: 407 }],
			['KLIQ, for now', 'too many requests', { status: 429 }],
			['KLIQ, for now', 'down', { status: 503 }],
		])('is explained in the documents where the cause is %s: %s', async (cause, _what, fault) => {
			testBed.kliq.faults.next(fault);
			expectExplained(await test(), cause);
		});

		it('is not the only use of the credential: the HTTP Request node can use it', async () => {
			const { baseUrl, tenantId } = testBed.kliq;
			const url = `${baseUrl}/tenants/${tenantId}/webhooks`;
			expect(await testBed.runHttpRequest(url)).toEqual([expect.objectContaining({ data: [] })]);
		});
	});
}
