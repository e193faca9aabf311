import { describe, expect, it } from '@jest/globals';

import { startKliqSimulator } from '../../support/simulator';
import { call, simulator } from './helpers';

describe('error bodies', () => {
	it.each([
		['nested' as const, { error: { code: 'not_found', message: 'Webhook not found' } }],
		['message' as const, { message: 'Webhook not found' }],
		['error' as const, { error: 'Webhook not found' }],
	])('have the shape "%s"', async (errorShape, body) => {
		const kliq = await simulator({ errorShape });

		const { status, json } = await call(kliq, 'DELETE', '/webhooks/wh_none');

		expect([status, json]).toEqual([404, body]);
	});

	it('are an HTML page, planned faults included', async () => {
		const kliq = await simulator({ errorShape: 'html' });
		kliq.faults.next({ status: 502 });

		const fault = await call(kliq, 'GET', '/webhooks');
		const unauthorized = await call(kliq, 'GET', '/webhooks', { key: null });

		expect([fault.status, unauthorized.status]).toEqual([502, 401]);
		for (const { headers, text, json } of [fault, unauthorized]) {
			expect(headers.get('Content-Type')).toContain('text/html');
			expect(text).toContain('<html>');
			expect(json).toBeUndefined();
		}
	});

	it('change with the settings of a running simulator', async () => {
		const kliq = await simulator();
		kliq.settings.errorShape = 'message';

		expect((await call(kliq, 'DELETE', '/webhooks/wh_none')).json).toEqual({
			message: 'Webhook not found',
		});
	});
});

describe('the request log', () => {
	it('holds every request with what was sent and answered', async () => {
		const kliq = await simulator();
		const body = { url: 'http://a.example', events: ['cv.job.failed'], secret: 'whsec_1' };

		await call(kliq, 'POST', '/webhooks', { body });
		await call(kliq, 'GET', '/webhooks?limit=5&limit=6', { key: 'wrong' });
		await call(kliq, 'GET', '/nowhere%2Felse');

		const path = '/v1/tenants/t_demo';
		expect(kliq.requests).toMatchObject([
			{ method: 'POST', path: `${path}/webhooks`, query: {}, body, status: 201 },
			{
				method: 'GET',
				path: `${path}/webhooks`,
				query: { limit: ['5', '6'] },
				headers: { 'x-api-key': 'wrong' },
				body: undefined,
				status: 401,
			},
			{ method: 'GET', path: `${path}/nowhere%2Felse`, status: 404 },
		]);
	});
});

describe('starting and stopping', () => {
	it('listens on the given port, and frees it again', async () => {
		const first = await startKliqSimulator();
		const port = Number(new URL(first.baseUrl).port);
		await call(first, 'GET', '/webhooks');
		await first.stop();
		await first.stop();

		const second = await simulator({ port });

		expect(second.baseUrl).toBe(first.baseUrl);
		expect((await call(second, 'GET', '/webhooks')).status).toBe(200);
	});

	it('stops while requests and delays are under way', async () => {
		const kliq = await startKliqSimulator();
		kliq.faults.next({ delayMs: 60_000 });
		const waiting = call(kliq, 'GET', '/webhooks').catch((error: Error) => error.message);
		while (kliq.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));

		await kliq.stop();

		expect(await waiting).toBe('fetch failed');
	});
});
