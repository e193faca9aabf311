import { describe, expect, it, jest } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { hang, respondInstead } from '../support/n8nCore/respondInstead';
import { slept, useVirtualTime } from '../support/n8nCore/virtualTime';
import type { KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

let kliq: KliqSimulator;

useVirtualTime();
useSimulator((started) => (kliq = started));

const node = (parameters: object, more: Partial<NodeSetup> = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { ...parameters },
		credential: kliqCredential(kliq),
		...more,
	});

const createSubscription = (more: Partial<NodeSetup> = {}) =>
	node(
		{
			resource: 'webhook',
			operation: 'create',
			url: 'https://a.example.com/',
			events: ['visit.submitted'],
		},
		more,
	);

describe('a list search', () => {
	it('fails within 15 seconds', async () => {
		kliq.faults.next({ method: 'GET', status: 503, headers: { 'retry-after': '8' }, times: 20 });
		const context = node({ resource: 'observation', operation: 'get' }).loadOptions();
		await expect(
			new Kliq().methods.listSearch.searchObservations.call(context),
		).rejects.toMatchObject({ httpCode: '503' });
		expect(slept.total).toBeLessThanOrEqual(15_000);
		expect(kliq.requests.length).toBeGreaterThan(1);
	});
});

describe('one call', () => {
	it('fails within two minutes when KLIQ hangs repeatedly', async () => {
		const context = node({ resource: 'webhook', operation: 'getAll' }).execution();
		const startedAt = performance.now();
		const send = respondInstead(context, hang);
		await expect(new Kliq().execute.call(context)).rejects.toThrow('did not answer in time');
		expect(performance.now() - startedAt).toBeLessThan(121_000);
		expect(send.mock.calls.length).toBe(4);
	});

	it('waits for the Retry-After of a 503', async () => {
		kliq.faults.next({ method: 'GET', status: 503, headers: { 'retry-after': '17' } });
		await node({ resource: 'webhook', operation: 'getAll' }).execute();
		expect(slept.total).toBe(17_000);
	});

	it('retries a POST that was not sent', async () => {
		const credential = { ...kliqCredential(kliq), baseUrl: 'http://127.0.0.1:1/v1' };
		const error = await errorOf(createSubscription({ credential }));
		expect(error.message).toContain('the connection was refused');
		expect(error.description).toContain('Try again in a few minutes');
		// Four backoffs: 1, 2, 4 and 8 seconds, each shortened by up to a half (jitter).
		expect(slept.total).toBeGreaterThanOrEqual(7_500);
	});

	it('does not retry a POST that may have taken effect', async () => {
		kliq.faults.next({ method: 'POST', status: 503, headers: { 'retry-after': '1' } });
		await errorOf(createSubscription());
		expect(slept.total).toBe(0);
		expect(kliq.requests).toHaveLength(1);
	});
});

describe('Wait for Completion', () => {
	const start = (timeout: number) =>
		node({
			resource: 'cvJob',
			operation: 'create',
			observationId: byId(kliq.seedObservation().id),
			model: 'shelf-detection-v2',
			waitForCompletion: true,
			options: { timeout },
		});

	it('survives a 404 for a new job, which KLIQ may not list yet', async () => {
		kliq.faults.next({ method: 'GET', status: 404, times: 2 });
		kliq.settings.jobDurations = { queuedMs: 0, processingMs: 0 };
		expect(await start(60).execute()).toMatchObject([{ json: { status: 'completed' } }]);
	});

	it('fails at a 404 for a job that is no longer new', async () => {
		kliq.faults.next({ method: 'GET', status: 404, times: 100 });
		const error = await errorOf(start(60));
		expect(error.message).toContain('KLIQ has no CV job with the ID');
		expect(slept.total).toBeLessThan(30_000);
	});
});

describe('a response that is not from the API', () => {
	const errorFor = async (status: number, body?: string) => {
		kliq.faults.next({ method: 'GET', status, body, times: 5 });
		return await errorOf(node({ resource: 'webhook', operation: 'getAll' }));
	};

	it.each([401, 403, 404, 400])(
		'is not reported as an error of KLIQ: a page with status %i',
		async (status) => {
			const { message, description } = await errorFor(status, '<html>Sign in</html>');
			expect(message).toBe(
				`The answer did not come from KLIQ’s API: it is a web page (HTTP ${status})`,
			);
			expect(description).toContain('a proxy, a firewall or a sign-in page');
			expect(`${message}${description}`).not.toMatch(
				/webhooks:manage|Tenant ID|paste the whole key/,
			);
		},
	);

	it('is attributed to a proxy when the status is 407', async () => {
		const { message, description } = await errorFor(407);
		expect(message).toContain('A proxy between n8n and KLIQ');
		expect(description).toContain('HTTPS_PROXY');
	});

	it('may ask for an absurd delay, which is rounded', async () => {
		kliq.faults.next({
			method: 'GET',
			status: 429,
			headers: { 'retry-after': '1793821903543' },
			times: 5,
		});
		const { description } = await errorOf(node({ resource: 'webhook', operation: 'getAll' }));
		expect(description).toContain('in more than a day');
		expect(description).not.toMatch(/\d{5}/);
	});

	it('keeps n8n’s error for a request that n8n blocks', async () => {
		const context = node({ resource: 'webhook', operation: 'getAll' }).execution();
		const blocked = Object.assign(new Error('The request was blocked'), {
			description: 'Ask your n8n administrator to allowlist the hostname.',
		});
		jest.spyOn(context.helpers, 'httpRequestWithAuthentication').mockRejectedValue(blocked);
		await expect(new Kliq().execute.call(context)).rejects.toMatchObject({
			message: 'The request was blocked',
			description: 'Ask your n8n administrator to allowlist the hostname.',
		});
		expect(slept.total).toBe(0);
	});
});

describe('an unknown operation', () => {
	it('goes to the error output', async () => {
		const output = await node(
			{ resource: 'webhook', operation: 'rename' },
			{ onError: 'continueErrorOutput' },
		).executeWithErrorOutput(items([{ a: 1 }, { a: 2 }]));
		expect(output.success).toEqual([]);
		expect(output.error).toHaveLength(2);
		expect(JSON.stringify(output.error)).toContain('has no operation “rename”');
	});
});

describe('the subtitle of KLIQ Trigger', () => {
	const subtitleFor = (events: unknown) => {
		const trigger = new NodeUnderTest(new KliqTrigger(), {
			parameters: { events: events as string[] },
			credential: kliqCredential(kliq),
		});
		const [node] = Object.values(trigger.workflow.nodes);
		return trigger.workflow.expression.getSimpleParameterValue(
			node,
			new KliqTrigger().description.subtitle!,
			'internal',
			{},
		);
	};

	it.each([
		[[], 'no event chosen'],
		[['cv.job.failed'], 'CV job failed'],
		['visit.submitted', 'visit submitted'],
		['visit.submitted, cv.job.failed', '2 events'],
		[['visit.submitted', 'cv.job.failed', 'cv.job.completed'], '3 events'],
	])('for %j is “%s”', (events, expected) => expect(subtitleFor(events)).toBe(expected));
});
