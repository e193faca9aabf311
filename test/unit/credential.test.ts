import { beforeEach, describe, expect, it } from '@jest/globals';
import { Workflow, type INode, type INodeTypes } from 'n8n-workflow';

import { KliqApi } from '../../credentials/KliqApi.credentials';
import { normalizeBaseUrl } from '../../nodes/Kliq/transport/baseUrl';
import { buildNode } from '../support/n8n';

/** What n8n makes of an expression in a credential's test. */
async function evaluate(expression: unknown, $credentials: object): Promise<unknown> {
	const node = buildNode({ type: 'n8n-nodes-base.noOp', name: 'Test' }) as INode;
	const nodeTypes = {
		getByNameAndVersion: () => ({ description: { properties: [] } }),
	} as unknown as INodeTypes;
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	await workflow.expression.acquireIsolate();
	try {
		return workflow.expression.getSimpleParameterValue(node, expression as string, 'internal', {
			$credentials,
		});
	} finally {
		await workflow.expression.releaseIsolate();
	}
}

describe('the KLIQ credential', () => {
	let credential: KliqApi;

	// Anew for each test, so that mutation testing sees which test reads it.
	beforeEach(() => {
		credential = new KliqApi();
	});

	const field = (name: string) => credential.properties.find((each) => each.name === name)!;

	it.each(['apiKey', 'signingSecret'])('hides %s in the editor', (name) => {
		expect(field(name).typeOptions).toEqual({ password: true });
	});

	it('asks for API key and tenant, and fills in neither', () => {
		for (const name of ['apiKey', 'tenantId']) {
			expect(field(name)).toMatchObject({ required: true, default: '' });
		}
		expect(field('signingSecret').required).toBeUndefined();
		expect(field('signingSecret').default).toBe('');
	});

	it.each([
		['without the spaces around it', ' kliq_live_1\n', 'kliq_live_1'],
		['empty where it is no text', undefined, ''],
		['empty where it is a number', 7, ''],
	])('sends the API key %s, beside other headers', async (_how, apiKey, sent) => {
		const request = { url: 'https://kliq.example', headers: { Accept: 'application/json' } };
		expect(await credential.authenticate({ apiKey } as never, request)).toEqual({
			url: 'https://kliq.example',
			headers: { Accept: 'application/json', 'X-API-Key': sent },
		});
	});

	it.each([
		[' https://kliq.example.com/v1// ', 'https://kliq.example.com/v1'],
		['http://10.0.0.7:8080', 'http://10.0.0.7:8080'],
		['', 'https://api.kliqpulse.com/v1'],
		[' / ', 'https://api.kliqpulse.com/v1'],
		['kliq.example.com/v1/', 'https://kliq.example.com/v1'],
		['localhost:8080/v1', 'https://localhost:8080/v1'],
		['ftp://kliq.example.com', 'ftp://kliq.example.com'],
	])('takes the Base URL %j for %s, in its test and in the nodes', async (baseUrl, url) => {
		expect(await evaluate(credential.test.request.baseURL, { baseUrl })).toBe(url);
		expect(normalizeBaseUrl(baseUrl)).toBe(url);
	});

	it('is tested at KLIQ’s own address where it holds no Base URL', async () => {
		expect(await evaluate(credential.test.request.baseURL, {})).toBe(field('baseUrl').default);
	});

	it('is tested by one list of one entry, whose redirects n8n does not follow with the key', () => {
		expect(credential.test.request).toMatchObject({
			url: expect.stringMatching(/\/webhooks$/),
			qs: { limit: 1 },
			disableFollowRedirect: true,
		});
	});
});
