import { beforeEach, describe, expect, it } from '@jest/globals';

import { KliqApi } from '../../credentials/KliqApi.credentials';

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

	it('is tested by one list of one entry, whose redirects n8n does not follow with the key', () => {
		expect(credential.test.request).toMatchObject({
			url: expect.stringMatching(/\/webhooks$/),
			qs: { limit: 1 },
			disableFollowRedirect: true,
		});
	});
});
