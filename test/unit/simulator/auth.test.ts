import { describe, expect, it } from '@jest/globals';

import { call, simulator } from './helpers';

describe('keys, tenants and scopes', () => {
	it('lets the default key do everything in the default tenant', async () => {
		const kliq = await simulator();

		expect(kliq.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
		expect(kliq.tenantId).toBe('t_demo');
		expect(kliq.apiKey).toMatch(/^kliq_live_/);
		expect((await call(kliq, 'GET', '/webhooks')).status).toBe(200);
	});

	it.each([
		['no', null],
		['an unknown', 'kliq_live_0000'],
	])('answers 401 to %s key', async (_what, key) => {
		const kliq = await simulator();

		expect(await call(kliq, 'GET', '/webhooks', { key })).toMatchObject({
			status: 401,
			json: { error: { code: 'unauthorized', message: 'Invalid or missing API key' } },
		});
	});

	it('answers 401 to a key once it is revoked', async () => {
		const kliq = await simulator();
		const key = kliq.addKey();
		expect((await call(kliq, 'GET', '/webhooks', { key })).status).toBe(200);

		kliq.revokeKey(key);

		expect((await call(kliq, 'GET', '/webhooks', { key })).status).toBe(401);
		expect((await call(kliq, 'GET', '/webhooks')).status).toBe(200);
	});

	it.each([[404 as const], [403 as const]])(
		'answers %i to a tenant the key is not for, known or not',
		async (foreignTenant) => {
			const kliq = await simulator({ tenants: ['t_other'], foreignTenant });

			for (const tenantId of ['t_other', 't_unknown']) {
				const { status } = await call(kliq, 'GET', '/webhooks', { tenantId });
				expect(status).toBe(foreignTenant);
			}
		},
	);

	it('answers 404 to a foreign tenant by default', async () => {
		const kliq = await simulator();

		expect((await call(kliq, 'GET', '/webhooks', { tenantId: 't_x' })).status).toBe(404);
	});

	it('answers 403 to a key without the scope, on all three calls, and does nothing', async () => {
		const kliq = await simulator();
		const { id } = kliq.seedSubscription({ url: 'http://a.example', events: ['cv.job.failed'] });
		const key = kliq.addKey({ scopes: ['cv:read', 'observations:write'] });
		const body = { url: 'http://b.example', events: ['cv.job.failed'], secret: 'whsec_1' };

		const answers = [
			await call(kliq, 'GET', '/webhooks', { key }),
			await call(kliq, 'POST', '/webhooks', { key, body }),
			await call(kliq, 'DELETE', `/webhooks/${id}`, { key }),
		];

		expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
		expect(answers[0].json.error.message).toContain('webhooks:manage');
		expect(kliq.subscriptions()).toHaveLength(1);
	});

	it('keeps tenants apart', async () => {
		const kliq = await simulator();
		kliq.addTenant('t_late');
		const key = kliq.addKey({ tenantId: 't_late' });
		const { id } = kliq.seedSubscription({ url: 'http://a.example', events: ['cv.job.failed'] });
		const asLate = { tenantId: 't_late', key };

		expect((await call(kliq, 'GET', '/webhooks', asLate)).json.data).toEqual([]);
		expect((await call(kliq, 'DELETE', `/webhooks/${id}`, asLate)).status).toBe(404);
		expect(kliq.subscriptions()).toHaveLength(1);
		expect(() => kliq.addKey({ tenantId: 't_nobody' })).toThrow('t_nobody');
	});
});
