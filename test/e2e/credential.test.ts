import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { kliqCredential } from '../support/kliqCredential';
import { buildNode, chain, isN8nV1, outputOf } from '../support/n8n';
import { TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';

describe(`the credential’s test button in n8n ${N8N_VERSION}`, () => {
	let testBed: TestBed;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION);
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
			await test({ apiKey: ` ${apiKey}\n`, tenantId: ` ${tenantId} `, baseUrl: ` ${baseUrl}// ` }),
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
		const start = buildNode({ type: 'n8n-nodes-base.manualTrigger', name: 'Start' });
		const request = buildNode({
			type: 'n8n-nodes-base.httpRequest',
			name: 'HTTP Request',
			typeVersion: 4.2,
			parameters: {
				url: `${testBed.kliq.baseUrl}/tenants/${testBed.kliq.tenantId}/webhooks`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'kliqApi',
				options: {},
			},
			credentials: { kliqApi: testBed.credentialId },
		});
		const { id } = await testBed.client.createWorkflow({
			name: 'HTTP Request',
			...chain([start, request]),
		});
		await testBed.client.runManually(id, 'Start');
		const [{ id: executionId }] = await testBed.client.waitForExecutions(id, 1);
		expect(outputOf(await testBed.client.execution(executionId), 'HTTP Request')).toEqual([
			expect.objectContaining({ data: [] }),
		]);
	});
});
