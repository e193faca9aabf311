import { describe, expect, it, jest } from '@jest/globals';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { cancellableSleep } from '../../nodes/Kliq/transport/retry/cancellableSleep';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, EXTRA_FIELDS, idsOf, items } from '../support/n8nCore/items';
import { NodeUnderTest, type NodeSetup } from '../support/n8nCore/node';
import { linkClock, slept, useVirtualTime } from '../support/n8nCore/virtualTime';
import { requestsWith, withMaxInFlight } from '../support/requestLog';
import {
	FAILURE_REASON,
	manualClock,
	shelfResult,
	type JobSeed,
	type KliqSimulator,
	type ManualClock,
} from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

const MODEL = 'shelf-detection-v2';

let clock: ManualClock;
let kliq: KliqSimulator;

useVirtualTime();

useSimulator(
	(started) => (kliq = started),
	() => {
		clock = linkClock(manualClock());
		return { clock };
	},
);

const node = (parameters: object, more: Partial<NodeSetup> & { apiKey?: string } = {}) =>
	new NodeUnderTest(new Kliq(), {
		parameters: { resource: 'cvJob', ...parameters },
		credential: kliqCredential(kliq, {
			signingSecret: 'whsec_shared',
			apiKey: more.apiKey ?? kliq.apiKey,
		}),
		...more,
	});

describe('start', () => {
	const start = (more = {}, setUp = {}) =>
		node(
			{ operation: 'create', observationId: byId('={{ $json.id }}'), model: MODEL, ...more },
			setUp,
		);
	const observed = (count = 1) =>
		items(Array.from({ length: count }, () => kliq.seedObservation()));
	const startOne = (more = {}, setUp = {}) =>
		start({ observationId: byId(kliq.seedObservation().id), ...more }, setUp);

	it('starts a job and returns the response without waiting', async () => {
		const input = observed();
		const output = await start({ model: ` ${MODEL} ` }).execute(input);
		const [{ id }] = kliq.jobs();
		const observationId = input[0].json.id;
		expect(output).toEqual([
			{ json: { id, observationId, model: MODEL, status: 'queued' }, pairedItem: { item: 0 } },
		]);
		expect(kliq.requests.map(({ body }) => body)).toEqual([{ observationId, model: MODEL }]);
		expect(slept.total).toBe(0);
	});

	it('is never retried after a lost response', async () => {
		kliq.faults.next({ method: 'POST', cut: 'after' });
		const error = await errorOf(startOne({ waitForCompletion: true }));
		expect(error.message).toContain('broke off');
		expect(error.description).toContain(
			'KLIQ may have done it all the same: look among the CV jobs before you run it again.',
		);
		expect(kliq.jobs()).toHaveLength(1);
		expect(requestsWith(kliq, 'GET')).toEqual([]);
	});

	it.each([false, true])(
		'fails when the response has no job ID (Wait for Completion: %j)',
		async (waits) => {
			kliq.faults.next({ method: 'POST', status: 201, body: { status: 'queued' } });
			const error = await errorOf(startOne({ waitForCompletion: waits }));
			expect(error.message).toBe('KLIQ did not say which CV job it started');
			expect(error.description).toContain('Look among the CV jobs before you run this again');
			expect(error.context.itemIndex).toBe(0);
		},
	);

	it('names an unknown observation', async () => {
		const { message, description } = await errorOf(start({ observationId: byId('obs_unknown') }));
		expect(message).toBe('KLIQ has no observation with the ID “obs_unknown”');
		expect(description).toContain('Choose the observation from the list');
	});

	it('shows the API’s message when the request is rejected', async () => {
		kliq.settings.unknownObservation = 422;
		const { message } = await errorOf(start({ observationId: byId('obs_unknown') }));
		expect(message).toBe('KLIQ did not accept the request: Observation not found');
	});

	it('names the missing scope', async () => {
		const apiKey = kliq.addKey({ scopes: ['cv:read'] });
		expect((await errorOf(startOne({}, { apiKey }))).description).toContain('cv:write');
	});

	it.each([
		[{ observationId: byId(' ') }, 'No Observation is chosen'],
		[{ model: ' ' }, 'No model is given'],
		...[0, -1, 3_601, 'soon', '0x10', true, [5]].map((timeout): [object, string] => [
			{ waitForCompletion: true, options: { timeout } },
			'The Timeout is not from 1 to 3,600 seconds',
		]),
	])('rejects %j without a request', async (wrong, message) => {
		expect((await errorOf(startOne(wrong))).message).toBe(message);
		expect(kliq.requests).toEqual([]);
	});

	it.each([
		[{ model: ' ' }, 'Enter the name of a KLIQ model under Model'],
		[
			{ waitForCompletion: true, options: { timeout: 3_601 } },
			'It is 3601. For jobs that take longer, use KLIQ Trigger on “CV Job Completed”.',
		],
	])('says what to do about %j', async (wrong, advice) => {
		expect((await errorOf(startOne(wrong))).description).toContain(advice);
	});

	describe('with Wait for Completion', () => {
		const wait = (options = {}, setUp = {}) => start({ waitForCompletion: true, options }, setUp);
		const waitForOne = (options = {}) => startOne({ waitForCompletion: true, options });
		const never = () => (kliq.settings.jobDurations.processingMs = Infinity);

		it('returns the completed job', async () => {
			const input = observed();
			const output = await wait().execute(input);
			const [{ id }] = kliq.jobs();
			const json = {
				id,
				observationId: input[0].json.id,
				model: MODEL,
				status: 'completed',
				result: shelfResult(),
			};
			expect(output).toEqual([{ json, pairedItem: { item: 0 } }]);
			expect(requestsWith(kliq, 'POST')).toHaveLength(1);
		});

		it('does not poll when the job is completed at once', async () => {
			const body = { id: 'job_1', status: 'completed' };
			kliq.faults.next({ method: 'POST', status: 201, body });
			expect(await waitForOne().execute()).toMatchObject([{ json: body }]);
			expect(requestsWith(kliq, 'GET')).toEqual([]);
		});

		it('polls with exponential backoff from 1 s to 15 s, and once more at the deadline', async () => {
			never();
			const startedAt = clock.now();
			await errorOf(waitForOne({ timeout: 70 }));
			// 1 + 2 + 4 + 8 + 15 + 15 + 15 + the remaining 10 s.
			expect(requestsWith(kliq, 'GET')).toHaveLength(8);
			expect(slept.total).toBe(70_000);
			expect(clock.now() - startedAt).toBe(70_000);
		});

		it('polls for 300 s by default, then says that the job continues and names the alternative', async () => {
			never();
			const { message, description } = await errorOf(waitForOne());
			const [{ id }] = kliq.jobs();
			expect(slept.total).toBe(300_000);
			expect(message).toBe(`The CV job ${id} is still processing after 300 seconds`);
			expect(description).toContain('It goes on at KLIQ');
			expect(description).toContain('KLIQ Trigger on “CV Job Completed”');
			expect(kliq.jobs()[0].status).toBe('processing');
		});

		it('survives rate limiting and server errors', async () => {
			kliq.settings.jobDurations = { queuedMs: 1_000, processingMs: 20_000 };
			kliq.faults.next({ method: 'GET', status: 429, headers: { 'retry-after': '3' } });
			kliq.faults.next({ method: 'GET', status: 503, times: 2 });
			kliq.faults.next({ method: 'GET', cut: 'after' });
			expect(await waitForOne().execute()).toMatchObject([{ json: { status: 'completed' } }]);
			expect(requestsWith(kliq, 'POST')).toHaveLength(1);
		});

		it.each([408, 429, 500, 503])(
			'survives an outage longer than the retries of one poll: %i',
			async (status) => {
				kliq.settings.jobDurations = { queuedMs: 1_000, processingMs: 2_000 };
				kliq.faults.next({ method: 'GET', status, times: 12 });
				expect(await waitForOne().execute()).toMatchObject([{ json: { status: 'completed' } }]);
				expect(requestsWith(kliq, 'POST')).toHaveLength(1);
			},
		);

		it.each([300, 400, 499])('fails when KLIQ refuses to answer: %i', async (status) => {
			never();
			kliq.faults.next({ method: 'GET', status });
			const { httpCode, description } = await errorOf(waitForOne());
			expect(httpCode).toBe(String(status));
			expect(description).toContain(`The CV job ${kliq.jobs()[0].id} was started and goes on`);
			expect(requestsWith(kliq, 'GET')).toHaveLength(1);
		});

		it('says that the job has not finished where KLIQ does not tell its status', async () => {
			kliq.faults.next({ method: 'GET', status: 200, body: { id: 'job_1' }, times: 5 });
			const { message } = await errorOf(waitForOne({ timeout: 5 }));
			expect(message).toMatch(/^The CV job \S+ has not finished after 5 seconds$/);
		});

		it('accepts a Timeout of a second', async () => {
			never();
			const { message } = await errorOf(waitForOne({ timeout: 1 }));
			expect(message).toContain('is still processing after a second');
			expect(slept.total).toBe(1_000);
		});

		it('says that the last poll failed', async () => {
			never();
			kliq.faults.next({ method: 'GET', status: 503, times: 100 });
			const { message, description } = await errorOf(waitForOne({ timeout: 40 }));
			const [{ id }] = kliq.jobs();
			expect(message).toBe(
				`The CV job ${id} may have finished, but KLIQ could not be asked within 40 seconds: KLIQ is not working right now (HTTP 503)`,
			);
			expect(description).toContain('Get its result later with CV Job > Get');
			expect(slept.total).toBeLessThanOrEqual(55_000);
		});

		it('does not wait for a rate limit beyond the deadline', async () => {
			never();
			kliq.faults.next({ method: 'GET', status: 429, headers: { 'retry-after': '20' } });
			const { message } = await errorOf(waitForOne({ timeout: 2 }));
			expect(message).toContain('after 2 seconds');
			// The last poll is not sent before its grace is over.
			expect(slept.total).toBeLessThanOrEqual(12_000);
		});

		it('names the job when polling is no longer allowed', async () => {
			never();
			kliq.faults.next({ method: 'GET', status: 403 });
			const { message, description } = await errorOf(waitForOne());
			expect(message).toBe('The API key is not allowed to do this at KLIQ');
			expect(description).toContain(`The CV job ${kliq.jobs()[0].id} was started and goes on`);
		});

		it.each([
			['a string', FAILURE_REASON, FAILURE_REASON],
			['an object', { code: 'dark', message: 'Too dark' }, 'Too dark'],
			['nothing', undefined, 'KLIQ gives no reason'],
			['a number', 17, 'KLIQ gives no reason'],
		])('fails with the API’s reason, given as %s', async (_what, error, reason) => {
			kliq.planJobEnd({ end: { error } });
			const failure = await errorOf(waitForOne());
			expect(failure.message).toBe(`The CV job ${kliq.jobs()[0].id} failed: ${reason}`);
			expect(failure.description).toContain('start a new job');
			expect(failure.context.itemIndex).toBe(0);
		});

		it('redacts key and secret in the reason', async () => {
			kliq.planJobEnd({ end: { error: `${kliq.apiKey} may not read whsec_shared` } });
			const failure = await errorOf(waitForOne());
			expect(failure.message).toContain('failed: … may not read …');
			const shown = JSON.stringify([failure, failure.message, failure.description]);
			expect(shown).not.toContain(kliq.apiKey);
			expect(shown).not.toContain('whsec_shared');
		});

		it('fails only the affected item under Continue on Fail', async () => {
			const input = observed(3);
			kliq.planJobEnd({ end: { result: {} } });
			kliq.planJobEnd();
			kliq.faults.next({ method: 'POST', delayMs: 100 });
			const output = await wait({}, { onError: 'continueRegularOutput' }).execute(input);
			const failed = kliq.jobs().find(({ status }) => status === 'failed')!;
			const failedIndex = input.findIndex(({ json }) => json.id === failed.observationId);
			expect(output.map(({ pairedItem }) => pairedItem)).toEqual(
				[0, 1, 2].map((item) => ({ item })),
			);
			expect(output[failedIndex].json).toEqual({
				error: `The CV job ${failed.id} failed: ${FAILURE_REASON}`,
			});
			const successful = output.filter((_, index) => index !== failedIndex);
			expect(successful.map(({ json }) => json.status)).toEqual(['completed', 'completed']);
		});

		it('starts all jobs while the first ones are still polled', async () => {
			const all = 25;
			const input = observed(all);
			// Jobs complete only after all have been started.
			kliq.settings.jobDurations = { queuedMs: 1_000, processingMs: 0 };
			linkClock({
				advance: async () => {
					if (kliq.jobs().length === all) await clock.advance(1_000);
				},
			});
			const output = await wait({ timeout: 3_600 }).execute(input);
			expect(output.map(({ json }) => json.status)).toEqual(Array(all).fill('completed'));
			expect(output.map(({ json }) => json.observationId)).toEqual(
				input.map(({ json }) => json.id),
			);
		});

		it('has at most ten requests in flight while jobs start and are polled', async () => {
			kliq.settings.latencyMs = 20;
			const { maxInFlight } = await withMaxInFlight(
				kliq,
				async () => await wait().execute(observed(40)),
			);
			expect(maxInFlight).toBe(10);
		});

		it('stops all polling when another item fails', async () => {
			never();
			const input = [...observed(1), ...items([{ id: 'obs_unknown' }])];
			await expect(wait({ timeout: 3_600 }).execute(input)).rejects.toMatchObject({
				message: 'KLIQ has no observation with the ID “obs_unknown”',
				context: { itemIndex: 1 },
			});
			expect(requestsWith(kliq, 'GET').length).toBeLessThan(3);
		});

		it('stops within one sleep interval, however long the wait', async () => {
			await cancellableSleep(15_000, () => slept.total >= 1_000);
			expect(slept.total).toBe(1_000);
		});

		it('stops when the execution is canceled', async () => {
			never();
			const cancel = new AbortController();
			linkClock({
				advance: async () => {
					if (requestsWith(kliq, 'GET').length >= 3) cancel.abort();
				},
			});
			await wait({ timeout: 3_600 })
				.execute(observed(2), cancel.signal)
				.catch(() => {});
			expect(requestsWith(kliq, 'GET').length).toBeLessThanOrEqual(4);
		});

		it('splits the detections of each job', async () => {
			const input = observed(2);
			const output = await wait({ splitDetections: true }).execute(input);
			const jobs = kliq.jobs();
			const expected = input.flatMap(({ json: { id: observationId } }, item) => {
				const jobId = jobs.find((job) => job.observationId === observationId)!.id;
				return shelfResult().detections.map((detection) => ({
					json: { jobId, observationId, model: MODEL, ...detection },
					pairedItem: { item },
				}));
			});
			expect(output).toEqual(expected);
		});

		it('adds observation and model when the completed job lacks them', async () => {
			const body = {
				id: 'job_1',
				status: 'completed',
				result: { detections: [{ objectName: 'A' }] },
			};
			kliq.faults.next({ method: 'POST', status: 201, body });
			const input = observed();
			const output = await wait({ splitDetections: true }).execute(input);
			expect(output.map(({ json }) => json)).toEqual([
				{ jobId: 'job_1', observationId: input[0].json.id, model: MODEL, objectName: 'A' },
			]);
		});
	});
});

describe('get', () => {
	const get = (id: string, more = {}) => node({ operation: 'get', jobId: byId(id), ...more });

	it('returns the job unchanged', async () => {
		const { id, observationId } = kliq.seedJob({ status: 'failed', error: FAILURE_REASON });
		const json = { id, observationId, model: MODEL, status: 'failed', error: FAILURE_REASON };
		expect(await get(id).execute()).toEqual([{ json, pairedItem: { item: 0 } }]);
	});

	it('simplifies more than ten fields to the documented ones, unless Simplify is off', async () => {
		const { id } = kliq.seedJob({ status: 'completed', result: shelfResult() });
		kliq.settings.extraFields = EXTRA_FIELDS;
		const [{ json: simple }] = await get(id).execute();
		expect(Object.keys(simple)).toEqual(['id', 'observationId', 'model', 'status', 'result']);
		const [{ json: whole }] = await get(id, { simplify: false }).execute();
		expect(whole).toMatchObject({ ...simple, ...EXTRA_FIELDS });
	});

	it('returns one item for each detection with Split Detections', async () => {
		const jobs = [1, 2].map(() => kliq.seedJob({ status: 'completed', result: shelfResult() }));
		const options = { splitDetections: true };
		const output = await get('={{ $json.id }}', { options }).execute(items(jobs));
		expect(output).toEqual(
			jobs.flatMap(({ id: jobId, observationId, model }, item) =>
				shelfResult().detections.map((detection) => ({
					json: { jobId, observationId, model, ...detection },
					pairedItem: { item },
				})),
			),
		);
	});

	it('overrides fields of a detection named like job, observation and model', async () => {
		const result = { detections: [{ model: 'X100', jobId: 1, observationId: 2, objectName: 'A' }] };
		const { id: jobId, observationId } = kliq.seedJob({ status: 'completed', result });
		const [{ json }] = await get(jobId, { options: { splitDetections: true } }).execute();
		expect(json).toEqual({ jobId, observationId, model: MODEL, objectName: 'A' });
		expect(Object.keys(json)).toEqual(['jobId', 'observationId', 'model', 'objectName']);
	});

	it('keeps a detection that is not an object', async () => {
		const invalid = ['shelf', 7, null, ['a']];
		const result = { detections: [...invalid, { objectName: 'A' }] };
		const { id: jobId, observationId } = kliq.seedJob({ status: 'completed', result });
		const output = await get(jobId, { options: { splitDetections: true } }).execute();
		const ofJob = { jobId, observationId, model: MODEL };
		expect(output.map(({ json }) => json)).toEqual([
			...invalid.map((detection) => ({ ...ofJob, detection })),
			{ ...ofJob, objectName: 'A' },
		]);
	});

	it.each([
		[{ status: 'completed', result: { detections: [], summary: 'Empty shelf' } }],
		[{ status: 'completed', result: null }],
		[{ status: 'processing' }],
		[{ status: 'failed', error: FAILURE_REASON }],
	] as const)('returns a job without detections: %j', async (state) => {
		const { id: jobId, observationId } = kliq.seedJob(state);
		const [{ json }] = await get(jobId, { options: { splitDetections: true } }).execute();
		expect(json).toEqual({ jobId, observationId, model: MODEL, ...state });
	});

	it('names an unknown job', async () => {
		const { message, description } = await errorOf(get('job_unknown'));
		expect(message).toBe('KLIQ has no CV job with the ID “job_unknown”');
		expect(description).toContain('Choose the CV job from the list');
	});

	it('rejects a blank ID without a request', async () => {
		expect((await errorOf(get(''))).message).toBe('No CV Job is chosen');
		expect(kliq.requests).toEqual([]);
	});

	it('names the missing scope', async () => {
		const { id } = kliq.seedJob();
		const apiKey = kliq.addKey({ scopes: ['cv:write'] });
		const nodeUnderTest = node({ operation: 'get', jobId: byId(id) }, { apiKey });
		expect((await errorOf(nodeUnderTest)).description).toContain('cv:read');
	});
});

describe('get many', () => {
	const getAll = (more = {}) => node({ operation: 'getAll', returnAll: true, ...more });
	const seed = (count: number) => Array.from({ length: count }, () => kliq.seedJob());

	it('returns all pages in the API’s order', async () => {
		const seeded = seed(150);
		expect(idsOf(await getAll().execute())).toEqual(seeded.map(({ id }) => id).reverse());
		expect(requestsWith(kliq, 'GET')).toHaveLength(2);
	});

	it('requests no more than the limit', async () => {
		seed(5);
		expect(await getAll({ returnAll: false, limit: 2 }).execute()).toHaveLength(2);
		expect(requestsWith(kliq, 'GET').map(({ query }) => query.limit)).toEqual(['2']);
	});

	it('pairs each result with its input item', async () => {
		seed(2);
		const nodeUnderTest = getAll({ returnAll: false, limit: '={{ $json.limit }}' });
		const output = await nodeUnderTest.execute(items([{ limit: 1 }, { limit: 2 }]));
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 1 },
		]);
	});

	it('names the missing scope', async () => {
		const apiKey = kliq.addKey({ scopes: ['cv:write'] });
		const nodeUnderTest = node({ operation: 'getAll' }, { apiKey });
		expect((await errorOf(nodeUnderTest)).description).toContain('cv:read');
	});

	it('fails when the response is not a list', async () => {
		kliq.faults.next({ method: 'GET', status: 200, body: { jobs: [] } });
		expect((await errorOf(getAll())).message).toBe('KLIQ’s answer holds no list of CV jobs');
	});

	it('fails only the affected item under Continue on Fail', async () => {
		seed(1);
		const parameters = { operation: 'getAll', limit: '={{ $json.limit }}' };
		const nodeUnderTest = node(parameters, { onError: 'continueRegularOutput' });
		const output = await nodeUnderTest.execute(items([{ limit: 1 }, { limit: 0 }, { limit: 1 }]));
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([0, 1, 2].map((item) => ({ item })));
		expect(output[1].json).toEqual({ error: 'The Limit is not a whole number of at least 1' });
	});

	it('simplifies each job, unless Simplify is off', async () => {
		seed(2);
		kliq.settings.extraFields = EXTRA_FIELDS;
		for (const { json } of await getAll().execute()) expect(json).not.toHaveProperty('field0');
		const [{ json }] = await getAll({ simplify: false }).execute();
		expect(json).toHaveProperty('field0');
	});
});

describe('the filters of get many', () => {
	const found = async (filters: object, more = {}) =>
		idsOf(await node({ operation: 'getAll', returnAll: true, filters, ...more }).execute());
	const pages = () => requestsWith(kliq, 'GET').length;
	const seedMany = (count: number, seed: object) =>
		Array.from({ length: count }, () => kliq.seedJob(seed).id);

	it.each<[string, JobSeed, string]>([
		['status', { status: 'failed' }, 'failed'],
		['status, as an expression may write it', { status: 'failed' }, ' FAILED '],
		['model', { model: 'planogram-v1' }, 'planogram-v1'],
		['model, in other case', { model: 'Planogram-V1' }, ' planogram-v1 '],
		['observationId', { observationId: 'obs_7' }, ' obs_7 '],
	])('%s', async (name, seed, value) => {
		kliq.seedJob();
		const wanted = kliq.seedJob(seed);
		kliq.seedJob({ model: 'planogram-v1-beta', observationId: 'obs_77' });
		expect(await found({ [name.split(',')[0]]: value })).toEqual([wanted.id]);
	});

	it('all of them at once', async () => {
		const job = { status: 'failed', model: 'planogram-v1', observationId: 'obs_7' } as const;
		const wanted = kliq.seedJob(job);
		kliq.seedJob({ ...job, status: 'queued' });
		kliq.seedJob({ ...job, model: MODEL });
		kliq.seedJob({ ...job, observationId: 'obs_8' });
		expect(await found(job)).toEqual([wanted.id]);
	});

	describe('by what no job of KLIQ’s list shows', () => {
		const listed = (...data: object[]) =>
			kliq.faults.next({ method: 'GET', status: 200, body: { data } });

		it.each([
			['observationId', 'obs_7', 'Observation ID'],
			['model', 'planogram-v1', 'Model'],
			['status', 'failed', 'Status'],
		])('%s: say so instead of “none”', async (name, value, label) => {
			listed({ id: 'job_1' }, { id: 'job_2', [name]: null });
			await expect(found({ [name]: value })).rejects.toMatchObject({
				message: `KLIQ’s list of CV jobs cannot be filtered by ${label}: it shows none`,
				description: expect.stringContaining('Remove this filter'),
			});
		});

		it('give what matches where one job shows it, and nothing of an empty list', async () => {
			listed({ id: 'job_1' }, { id: 'job_2', observationId: 'obs_8' });
			expect(await found({ observationId: 'obs_7' })).toEqual([]);
			listed();
			expect(await found({ observationId: 'obs_7' })).toEqual([]);
		});
	});

	it.each([{}, { status: '', model: ' ', observationId: null }])('none for %j', async (filters) => {
		const seeded = [kliq.seedJob(), kliq.seedJob({ status: 'failed' })];
		expect(await found(filters)).toHaveLength(seeded.length);
	});

	it('are not sent to KLIQ, which documents none', async () => {
		kliq.seedJob();
		await found({ status: 'queued', model: MODEL, observationId: 'obs_7' });
		expect(kliq.requests.map(({ query }) => query)).toEqual([{ limit: '100' }]);
	});

	it('read on until Limit matches are found, and no further', async () => {
		seedMany(150, { status: 'failed' });
		const wanted = seedMany(3, {});
		seedMany(150, { status: 'failed' });
		seedMany(2, {});
		const limited = { returnAll: false, limit: 4 };
		expect(await found({ status: 'queued' }, limited)).toHaveLength(4);
		expect(pages()).toBe(2);
		const two = await found({ status: 'queued' }, { returnAll: false, limit: 2 });
		expect(two).toHaveLength(2);
		expect(two).not.toContain(wanted[0]);
		expect(pages()).toBe(2 + 1);
	});

	it('miss jobs that KLIQ lists without the field, and find numbers', async () => {
		const data = [
			{ id: 'job_1' },
			{ id: 'job_2', observationId: 7 },
			{ id: 'job_3', observationId: {}, status: {} },
			{ id: 'job_4', observationId: ' 7 ' },
		];
		kliq.faults.next({ times: 3, status: 200, body: { data, cursor: { next: null } } });
		expect(await found({ observationId: '={{ 7 }}' })).toEqual(['job_2', 'job_4']);
		expect(await found({ observationId: '[object Object]' })).toEqual([]);
		expect(await found({ status: 'queued' })).toEqual([]);
	});

	it.each([
		[{ status: 'done' }, 'No CV job has the status “done”'],
		[{ status: ['failed'] }, 'The Status is not text'],
		[{ model: {} }, 'The Model is not text'],
		[{ observationId: true }, 'The Observation ID is not text'],
	])('reject %j without a request', async (filters, message) => {
		const nodeUnderTest = node({ operation: 'getAll', filters });
		expect(await errorOf(nodeUnderTest)).toMatchObject({ message, context: { itemIndex: 0 } });
		expect(kliq.requests).toEqual([]);
	});

	it('name the statuses for an unknown one', async () => {
		const { description } = await errorOf(
			node({ operation: 'getAll', filters: { status: 'done' } }),
		);
		expect(description).toContain('the statuses are queued, processing, completed, failed.');
	});
});

describe('the hint that Limit has cut the list off', () => {
	const hints = async (parameters: object, input?: object[]) => {
		const nodeUnderTest = node({ operation: 'getAll', returnAll: false, ...parameters });
		return (await nodeUnderTest.hints(input && items(input))).map(({ message }) => message);
	};
	const seed = (count: number, more = {}) =>
		Array.from({ length: count }, () => kliq.seedJob(more));

	it.each([
		[
			2,
			[
				'Only the first 2 CV jobs were returned, because Limit says so. To get more, raise Limit or turn Return All on.',
			],
		],
		[
			1,
			[
				'Only the first CV job was returned, because Limit says so. To get more, raise Limit or turn Return All on.',
			],
		],
		[3, []],
		[4, []],
	])('for three jobs and Limit %i', async (limit, expected) => {
		seed(3);
		expect(await hints({ limit: `={{ ${limit} }}` })).toEqual(expected);
	});

	it('is not shown where n8n’s editor shows one of its own', async () => {
		seed(3);
		expect(await hints({ limit: 2 })).toEqual([]);
		expect(await hints({ limit: 2 }, [{}, {}])).toEqual([
			expect.stringMatching(/^Only the first 2 CV jobs .* \[item 0\]$/),
		]);
	});

	it('is not shown with Return All', async () => {
		seed(101);
		expect(await hints({ returnAll: true })).toEqual([]);
	});

	it('is shown where KLIQ sends more than it was asked for', async () => {
		kliq.faults.next({ status: 200, body: [{ id: 'job_1' }, { id: 'job_2' }] });
		expect(await hints({ limit: '={{ 1 }}' })).toHaveLength(1);
	});

	it('counts what the filters let through', async () => {
		seed(2, { status: 'failed' });
		seed(2);
		const filters = { status: 'queued' };
		expect(await hints({ limit: '={{ 2 }}', filters })).toEqual([]);
		expect(await hints({ limit: '={{ 1 }}', filters })).toHaveLength(1);
		seed(99);
		// A second page may hold more.
		expect(await hints({ limit: '={{ 99 }}', filters })).toHaveLength(1);
	});

	it('is shown once, for the first item that it concerns', async () => {
		seed(3);
		const shown = await hints({ limit: '={{ $json.limit }}' }, [
			{ limit: 3 },
			{ limit: 2 },
			{ limit: 1 },
		]);
		expect(shown).toEqual([expect.stringMatching(/^Only the first 2 CV jobs .* \[item 1\]$/)]);
	});

	it('stands in the output panel', async () => {
		seed(2);
		const nodeUnderTest = node({ operation: 'getAll', limit: '={{ 1 }}' });
		expect(await nodeUnderTest.hints()).toMatchObject([{ location: 'outputPane' }]);
	});
});

describe('the list search for CV jobs', () => {
	const { searchJobs } = new Kliq().methods.listSearch;
	const search = async (filter?: string, token?: string, more = {}) =>
		await searchJobs.call(node({ operation: 'get' }, more).loadOptions(), filter, token);

	it('returns page after page', async () => {
		const seeded = Array.from({ length: 120 }, () => kliq.seedJob());
		const first = await search();
		expect(first.results).toHaveLength(100);
		expect(first.results[0].value).toBe(seeded[119].id);
		const second = await search(undefined, first.paginationToken as string);
		expect(second.results.map(({ value }) => value)).toEqual(
			seeded
				.slice(0, 20)
				.map(({ id }) => id)
				.reverse(),
		);
		expect(second.paginationToken).toBeUndefined();
	});

	it('names the missing scope', async () => {
		const apiKey = kliq.addKey({ scopes: ['cv:write'] });
		await expect(search(undefined, undefined, { apiKey })).rejects.toMatchObject({
			message: 'The API key is not allowed to do this at KLIQ',
			description: expect.stringContaining('cv:read'),
		});
	});

	it('lists the newest first, with status, model and observation', async () => {
		const [older, newer] = [kliq.seedJob(), kliq.seedJob({ status: 'failed' })];
		expect((await search()).results).toEqual([
			{ name: `failed · ${MODEL} · ${newer.observationId} · ${newer.id}`, value: newer.id },
			{ name: `queued · ${MODEL} · ${older.observationId} · ${older.id}`, value: older.id },
		]);
	});

	it('leaves out what KLIQ does not tell', async () => {
		const data = [{ id: 'job_1' }, { id: 'job_2', model: '', status: 'queued', observationId: {} }];
		kliq.faults.next({ status: 200, body: { data, cursor: { next: null } } });
		expect((await search()).results.map(({ name }) => name)).toEqual(['job_1', 'queued · job_2']);
	});

	it('finds by ID, status and observation', async () => {
		const wanted = kliq.seedJob({ status: 'failed' });
		kliq.seedJob();
		for (const filter of [wanted.id, ' FAILED ', wanted.observationId]) {
			expect((await search(filter)).results.map(({ value }) => value)).toEqual([wanted.id]);
		}
	});
});
