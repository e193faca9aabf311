import { describe, expect, it } from '@jest/globals';

import { call, simulator } from './helpers';

const valid = { url: 'http://a.example', events: ['cv.job.failed'], secret: 'whsec_1' };

describe('faults on demand', () => {
	it('answers the next request with the status, before the work is done, once', async () => {
		const kliq = await simulator();
		kliq.faults.next({ status: 503 });

		expect(await call(kliq, 'POST', '/webhooks', { body: valid })).toMatchObject({
			status: 503,
			json: { error: { message: expect.any(String) } },
		});
		expect(kliq.subscriptions()).toEqual([]);
		expect((await call(kliq, 'POST', '/webhooks', { body: valid })).status).toBe(201);
	});

	it('applies to its method and path only', async () => {
		const kliq = await simulator();
		kliq.faults.next({ method: 'delete', path: /\/webhooks\/wh_[^/]+$/g, status: 500, times: 2 });

		expect((await call(kliq, 'GET', '/webhooks')).status).toBe(200);
		expect((await call(kliq, 'DELETE', '/webhooks/other')).status).toBe(404);
		expect((await call(kliq, 'DELETE', '/webhooks/wh_1')).status).toBe(500);
		expect((await call(kliq, 'DELETE', '/webhooks/wh_1')).status).toBe(500);
		expect((await call(kliq, 'DELETE', '/webhooks/wh_1')).status).toBe(404);
	});

	it('applies before authentication', async () => {
		const kliq = await simulator();
		kliq.faults.next({ status: 500 });

		expect((await call(kliq, 'GET', '/webhooks', { key: null })).status).toBe(500);
	});

	it('answers with the headers and the body it is given', async () => {
		const kliq = await simulator();
		kliq.faults.next({ status: 429, headers: { 'Retry-After': '7' } });
		kliq.faults.next({ status: 502, headers: { 'Content-Type': 'text/html' }, body: '<p>no</p>' });
		kliq.faults.next({ status: 200, body: { surprising: true } });

		const first = await call(kliq, 'GET', '/webhooks');
		const second = await call(kliq, 'GET', '/webhooks');
		const third = await call(kliq, 'GET', '/webhooks');

		expect([first.status, first.headers.get('Retry-After')]).toEqual([429, '7']);
		expect([second.status, second.text]).toEqual([502, '<p>no</p>']);
		expect(second.headers.get('Content-Type')).toContain('text/html');
		expect([third.status, third.json]).toEqual([200, { surprising: true }]);
	});

	it('delays the work', async () => {
		const kliq = await simulator();
		kliq.faults.next({ delayMs: 150 });
		const start = performance.now();

		const answering = call(kliq, 'POST', '/webhooks', { body: valid });
		await new Promise((resolve) => setImmediate(resolve));
		expect(kliq.subscriptions()).toEqual([]);

		expect((await answering).status).toBe(201);
		expect(performance.now() - start).toBeGreaterThan(140);
	});

	it('cuts the connection before the work', async () => {
		const kliq = await simulator();
		kliq.faults.next({ cut: 'before' });

		await expect(call(kliq, 'POST', '/webhooks', { body: valid })).rejects.toThrow('fetch failed');

		expect(kliq.subscriptions()).toEqual([]);
		expect(kliq.requests).toMatchObject([{ method: 'POST', body: valid, status: undefined }]);
	});

	it('loses the answer after the work', async () => {
		const kliq = await simulator();
		kliq.faults.next({ cut: 'after' });

		await expect(call(kliq, 'POST', '/webhooks', { body: valid })).rejects.toThrow('fetch failed');

		expect(kliq.subscriptions()).toMatchObject([valid]);
		expect(kliq.requests).toMatchObject([{ method: 'POST', status: 201 }]);
		expect((await call(kliq, 'GET', '/webhooks')).status).toBe(200);
	});

	it('loses the answer of a DELETE', async () => {
		const kliq = await simulator();
		const { id } = kliq.seedSubscription(valid);
		kliq.faults.next({ cut: 'after' });

		await expect(call(kliq, 'DELETE', `/webhooks/${id}`)).rejects.toThrow('fetch failed');

		expect(kliq.subscriptions()).toEqual([]);
	});

	it('clears the queue', async () => {
		const kliq = await simulator();
		kliq.faults.next({ status: 500, times: Infinity });
		expect((await call(kliq, 'GET', '/webhooks')).status).toBe(500);

		kliq.faults.clear();

		expect((await call(kliq, 'GET', '/webhooks')).status).toBe(200);
	});
});
