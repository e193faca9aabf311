import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { buildNode, chain, isFirstLine, N8N_VERSIONS, outputOf } from '../support/n8n';
import { accountOf } from '../support/kliqCredential';
import { Stage } from '../support/testBed';

// Longer than an execution is waited for.
jest.setTimeout(180_000);

describe.each(N8N_VERSIONS)('the credential’s test button in n8n %s', (version) => {
	let stage: Stage;

	beforeAll(async () => {
		stage = await Stage.open(version);
	}, 180_000);

	afterAll(async () => {
		await stage?.close();
	}, 60_000);

	const test = async (more: object = {}) =>
		await stage.client.testCredential('kliqApi', accountOf(stage.kliq, { ...more }));

	it('succeeds with the right values, white space and slashes around them included', async () => {
		expect(await test()).toMatchObject({ status: 'OK' });
		const { apiKey, tenantId, baseUrl } = stage.kliq;
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
			() => ({ apiKey: stage.kliq.addKey({ scopes: ['observations:read'] }) }),
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
			'an address where nobody is',
			() => ({ baseUrl: 'http://127.0.0.1:9/v1' }),
			/ECONNREFUSED/,
			/refused the connection/,
		],
	])('says which it is: %s', async (_what, values, message, messageOfFirstLine) => {
		expect(await test(values())).toEqual({
			status: 'Error',
			message: expect.stringMatching(isFirstLine(version) ? messageOfFirstLine : message),
		});
	});

	it('does not take a web page for KLIQ', async () => {
		stage.kliq.faults.next({
			status: 200,
			body: '<!doctype html>',
			headers: { 'content-type': 'text/html' },
		});
		expect(await test()).toMatchObject({ status: 'Error' });
	});

	it('is not all the credential is for: the HTTP Request node can use it', async () => {
		const start = buildNode({ type: 'n8n-nodes-base.manualTrigger', name: 'Start' });
		const request = buildNode({
			type: 'n8n-nodes-base.httpRequest',
			name: 'HTTP Request',
			typeVersion: 4.2,
			parameters: {
				url: `${stage.kliq.baseUrl}/tenants/${stage.kliq.tenantId}/webhooks`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'kliqApi',
				options: {},
			},
			credentials: { kliqApi: stage.credentialId },
		});
		const { id } = await stage.client.createWorkflow({
			name: 'HTTP Request',
			...chain([start, request]),
		});
		await stage.client.runManually(id, 'Start');
		const [{ id: executionId }] = await stage.client.waitForExecutions(id, 1);
		expect(outputOf(await stage.client.execution(executionId), 'HTTP Request')).toEqual([
			expect.objectContaining({ data: [] }),
		]);
	});
});
