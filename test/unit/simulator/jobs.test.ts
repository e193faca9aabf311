import { describe, expect, it } from '@jest/globals';

import {
	FAILURE_REASON,
	manualClock,
	shelfResult,
	type KliqSimulator,
	type KliqSimulatorOptions,
} from '../../support/simulator';
import { call, receiver, simulator } from './helpers';

const model = 'shelf-detection-v2';

async function timed(options: KliqSimulatorOptions = {}) {
	const clock = manualClock();
	const jobDurations = { queuedMs: 1_000, processingMs: 5_000 };
	const kliq = await simulator({ clock, jobDurations, ...options });
	return { clock, kliq };
}

async function start(kliq: KliqSimulator, observationId = kliq.seedObservation().id) {
	return await call(kliq, 'POST', '/cv/jobs', { body: { observationId, model } });
}

const stateOf = (kliq: KliqSimulator) => kliq.jobs().map(({ status }) => status);

describe('CV jobs', () => {
	it('are queued, processing, then completed, by the clock', async () => {
		const { clock, kliq } = await timed();

		const started = await start(kliq);

		const { id } = started.json;
		const [{ id: observationId }] = kliq.observations();
		expect(started.status).toBe(201);
		expect(started.json).toEqual({ id, observationId, model, status: 'queued' });
		await clock.advance(999);
		expect(stateOf(kliq)).toEqual(['queued']);
		await clock.advance(1);
		expect(stateOf(kliq)).toEqual(['processing']);
		await clock.advance(4_999);
		expect(stateOf(kliq)).toEqual(['processing']);
		await clock.advance(1);
		expect((await call(kliq, 'GET', `/cv/jobs/${id}`)).json).toEqual({
			...started.json,
			status: 'completed',
			result: shelfResult(),
		});
	});

	it('emit cv.job.completed', async () => {
		const { clock, kliq } = await timed();
		const subscriber = await receiver();
		kliq.seedSubscription({ url: subscriber.url, events: ['cv.job.completed', 'cv.job.failed'] });

		const { json } = await start(kliq);
		await clock.advance(5_999);
		expect(subscriber.received).toEqual([]);
		await clock.advance(1_000);

		const [{ id: observationId }] = kliq.observations();
		const data = { jobId: json.id, observationId, model, status: 'completed' };
		expect(subscriber.received.map(({ body }) => JSON.parse(String(body)))).toEqual([
			expect.objectContaining({
				type: 'cv.job.completed',
				data: { ...data, result: shelfResult() },
			}),
		]);
	});

	it('fail on demand, one after the other, and emit cv.job.failed', async () => {
		const { clock, kliq } = await timed();
		const subscriber = await receiver();
		kliq.seedSubscription({ url: subscriber.url, events: ['cv.job.failed'] });
		kliq.planJobEnd();
		kliq.planJobEnd({ end: { error: { code: 'blurred' } } });
		for (let each = 0; each < 3; each++) await start(kliq);

		await clock.advance(7_000);

		expect(kliq.jobs().map(({ status, error }) => [status, error])).toEqual([
			['failed', FAILURE_REASON],
			['failed', { code: 'blurred' }],
			['completed', undefined],
		]);
		const events = subscriber.received.map(({ body }) => JSON.parse(String(body)));
		expect(events.map(({ type, data }) => [type, data.jobId]).sort()).toEqual(
			kliq
				.jobs()
				.slice(0, 2)
				.map(({ id }) => ['cv.job.failed', id])
				.sort(),
		);
	});

	it('have the result they are given', async () => {
		const { clock, kliq } = await timed();
		kliq.planJobEnd({ end: { result: { detections: [] } } });
		await start(kliq);

		await clock.advance(6_000);

		expect(kliq.jobs()).toMatchObject([{ status: 'completed', result: { detections: [] } }]);
	});

	it('never finish when configured', async () => {
		const { clock, kliq } = await timed({ jobDurations: { queuedMs: 0, processingMs: Infinity } });
		await start(kliq);

		await clock.advance(1_000_000_000);

		expect(stateOf(kliq)).toEqual(['processing']);
	});

	it('end at once when configured', async () => {
		const { clock, kliq } = await timed({ jobDurations: { queuedMs: 0, processingMs: 0 } });
		await start(kliq);

		await clock.advance(10);

		expect(stateOf(kliq)).toEqual(['completed']);
	});

	it('are refused without an observation or a model', async () => {
		const kliq = await simulator();
		const { id: observationId } = kliq.seedObservation();
		const statusOf = async (body: object) =>
			(await call(kliq, 'POST', '/cv/jobs', { body })).status;

		expect(await statusOf({ model })).toBe(400);
		expect(await statusOf({ observationId })).toBe(400);
		expect(await statusOf({ observationId: 'obs_unknown', model })).toBe(404);
		kliq.settings.unknownObservation = 422;
		expect(await statusOf({ observationId: 'obs_unknown', model })).toBe(422);
		expect(kliq.jobs()).toEqual([]);
	});

	it('are listed, the newest first, as they were seeded', async () => {
		const kliq = await simulator({ tenants: ['t_other'] });
		kliq.seedJob({ tenantId: 't_other' });
		const ids = [kliq.seedJob({ status: 'failed', error: 'dark' }).id, kliq.seedJob().id];

		const { data } = (await call(kliq, 'GET', '/cv/jobs')).json;

		expect(data.map(({ id }) => id)).toEqual(ids.reverse());
		expect(data[1]).toMatchObject({ status: 'failed', error: 'dark' });
	});

	it.each([
		['cv:read', [403, 200, 200]],
		['cv:write', [201, 403, 403]],
	] as const)('are open to the scope %s', async (scope, statuses) => {
		const kliq = await simulator();
		const { id } = kliq.seedJob();
		const body = { observationId: kliq.seedObservation().id, model };
		const key = kliq.addKey({ scopes: [scope] });

		const answers = [
			await call(kliq, 'POST', '/cv/jobs', { key, body }),
			await call(kliq, 'GET', '/cv/jobs', { key }),
			await call(kliq, 'GET', `/cv/jobs/${id}`, { key }),
		];

		expect(answers.map(({ status }) => status)).toEqual(statuses);
	});

	it('answers 404 to a job that is not there', async () => {
		const kliq = await simulator();

		expect((await call(kliq, 'GET', '/cv/jobs/job_unknown')).status).toBe(404);
	});
});
