import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { kliqCredential } from '../../support/kliqCredential';
import { isN8nV1 } from '../../support/n8n';
import type { OpenTestBed, TestBed } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';

export function describeCredential(openTestBed: OpenTestBed): void {
	describe(`the credential’s test button in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;

		beforeAll(async () => {
			testBed = await openTestBed();
		});

		afterAll(async () => {
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

		it('rejects a web page that answers in KLIQ’s place', async () => {
			testBed.kliq.faults.next({
				status: 200,
				body: '<!doctype html>',
				headers: { 'content-type': 'text/html' },
			});
			expect(await test()).toMatchObject({ status: 'Error' });
		});

		it('is not the only use of the credential: the HTTP Request node can use it', async () => {
			const { baseUrl, tenantId } = testBed.kliq;
			const url = `${baseUrl}/tenants/${tenantId}/webhooks`;
			expect(await testBed.runHttpRequest(url)).toEqual([expect.objectContaining({ data: [] })]);
		});
	});
}
