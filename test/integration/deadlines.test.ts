import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetUp } from '../support/n8nCore/node';
import { slept, startVirtualTime, stopVirtualTime } from '../support/n8nCore/virtualTime';
import { startKliqSimulator, type KliqSimulator } from '../support/simulator';

jest.mock('n8n-workflow', () =>
	jest
		.requireActual<
			typeof import('../support/n8nCore/virtualTime')
		>('../support/n8nCore/virtualTime')
		.virtualSleep(),
);

let kliq: KliqSimulator;

beforeEach(async () => {
	startVirtualTime();
	kliq = await startKliqSimulator();
});

afterEach(async () => {
	stopVirtualTime();
	await kliq.stop();
});

const node = (parameters: object, more: Partial<NodeSetUp> = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { ...parameters },
		credential: kliqCredential(kliq),
		...more,
	});

const createSubscription = (more: Partial<NodeSetUp> = {}) =>
	node(
		{
			resource: 'webhook',
			operation: 'create',
			url: 'https://a.example.com/',
			events: ['visit.submitted'],
		},
		more,
	);

describe('a drop-down', () => {
	it('fails after 15 seconds at the latest', async () => {
		kliq.faults.next({ method: 'GET', status: 503, times: 20 });
		const context = node({ resource: 'observation', operation: 'get' }).loadOptions();
		await expect(
			new Kliq().methods.listSearch.searchObservations.call(context),
		).rejects.toMatchObject({ httpCode: '503' });
		expect(slept.total).toBeLessThanOrEqual(15_000);
		expect(kliq.requests.length).toBeGreaterThan(1);
	});
});

describe('one call', () => {
	it('fails after two minutes, however often KLIQ hangs', async () => {
		const context = node({ resource: 'webhook', operation: 'getAll' }).execution();
		const begun = performance.now();
		const send = jest
			.spyOn(context.helpers, 'httpRequestWithAuthentication')
			.mockImplementation(async (_type: string, { timeout }: { timeout?: number }) => {
				jest.advanceTimersByTime(timeout!);
				throw Object.assign(new Error('timeout'), { httpCode: 'ETIMEDOUT' });
			});
		await expect(new Kliq().execute.call(context)).rejects.toThrow('did not answer in time');
		expect(performance.now() - begun).toBeLessThan(121_000);
		expect(send.mock.calls.length).toBe(4);
	});

	it('waits as long as a 503 asks by Retry-After', async () => {
		kliq.faults.next({ method: 'GET', status: 503, headers: { 'retry-after': '17' } });
		await node({ resource: 'webhook', operation: 'getAll' }).execute();
		expect(slept.total).toBe(17_000);
	});

	it('repeats a POST that was certainly not sent', async () => {
		const credential = { ...kliqCredential(kliq), baseUrl: 'http://127.0.0.1:1/v1' };
		const error = await errorOf(createSubscription({ credential }));
		expect(error.message).toContain('the connection was refused');
		expect(error.description).toContain('Try again in a few minutes');
		// Four backoffs: 1, 2, 4 and 8 seconds, each up to a half shorter.
		expect(slept.total).toBeGreaterThanOrEqual(7_500);
	});

	it('does not repeat a POST that may have taken effect', async () => {
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

	it('survives an early 404: KLIQ may not show a new job yet', async () => {
		kliq.faults.next({ method: 'GET', status: 404, times: 2 });
		kliq.settings.jobDurations = { queuedMs: 0, processingMs: 0 };
		expect(await start(60).execute()).toMatchObject([{ json: { status: 'completed' } }]);
	});

	it('ends at a 404 of a job that is no longer new', async () => {
		kliq.faults.next({ method: 'GET', status: 404, times: 100 });
		const error = await errorOf(start(60));
		expect(error.message).toContain('KLIQ has no CV job with the ID');
		expect(slept.total).toBeLessThan(30_000);
	});
});

describe('what stands in an answer that is not KLIQ’s', () => {
	const errorFor = async (status: number, body?: string) => {
		kliq.faults.next({ method: 'GET', status, body, times: 5 });
		return await errorOf(node({ resource: 'webhook', operation: 'getAll' }));
	};

	it.each([401, 403, 404, 400])('is not explained as KLIQ’s: a page with %i', async (status) => {
		const { message, description } = await errorFor(status, '<html>Sign in</html>');
		expect(message).toBe(
			`The answer did not come from KLIQ’s API: it is a web page (HTTP ${status})`,
		);
		expect(description).toContain('a proxy, a firewall or a sign-in page');
		expect(`${message}${description}`).not.toMatch(/webhooks:manage|Tenant ID|paste the whole key/);
	});

	it('is a proxy’s where the status is 407', async () => {
		const { message, description } = await errorFor(407);
		expect(message).toContain('A proxy between n8n and KLIQ');
		expect(description).toContain('HTTPS_PROXY');
	});

	it('and a wait that nobody can use is named plainly', async () => {
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

	it('keeps what n8n says of a request that it refuses to send', async () => {
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
	it('leaves by the error output', async () => {
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
