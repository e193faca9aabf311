import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import { kliqCredential } from '../support/kliqCredential';
import { captureLogLines } from '../support/n8nCore/logLines';
import { NodeUnderTest } from '../support/n8nCore/node';
import { TriggerReceiver } from '../support/n8nCore/receiver';
import { KLIQ_EVENT_TYPES, type KliqSimulator } from '../support/simulator';
import { signatureOf } from '../support/simulator/deliveries/signature';
import { shelfResult } from '../support/simulator/samples/result';
import { useSimulator } from '../support/useSimulator';

const SECRET = 'whsec_shared';

let kliq: KliqSimulator;

useSimulator((started) => (kliq = started));

const trigger = (options: unknown, respond = 'onReceived') =>
	new NodeUnderTest(new KliqTrigger(), {
		parameters: {
			events: [...KLIQ_EVENT_TYPES],
			respond,
			options: options as IDataObject,
		} as never,
		credential: kliqCredential(kliq, { signingSecret: SECRET }),
	});

afterEach(() => void jest.restoreAllMocks());

describe('Models', () => {
	let node: NodeUnderTest;
	let receiver: TriggerReceiver;

	beforeEach(async () => {
		receiver = await TriggerReceiver.start(new KliqTrigger(), () => node);
	});

	afterEach(async () => {
		await receiver.stop();
		expect(receiver.thrown).toEqual([]);
	});

	const send = async (event: object) => {
		const body = JSON.stringify(event);
		const headers = { 'x-kliq-signature': signatureOf(Buffer.from(body), SECRET) };
		const response = await fetch(receiver.url, { method: 'POST', body, headers });
		return { status: response.status, body: await response.text() };
	};

	const jobEvent = (model: unknown, type = 'cv.job.completed') => ({ type, data: { model } });

	it.each(['cv.job.completed', 'cv.job.failed'])(
		'acknowledges a %s event of another model without an execution, with one log line',
		async (type) => {
			node = trigger({ models: 'shelf-detection-v2' });
			const lines = captureLogLines(node);
			expect(await send(jobEvent('price-tag-v1', type))).toEqual({
				status: 200,
				body: '{"received":true,"ignored":"model not asked for"}',
			});
			expect(receiver.runs).toEqual([]);
			expect(lines).toEqual([
				'info: KLIQ Trigger "KLIQ Trigger" ignored an event from KLIQ: model not asked for',
			]);
		},
	);

	it.each<[unknown, string]>([
		['shelf-detection-v2', 'shelf-detection-v2'],
		[' price-tag-v1 , shelf-detection-v2,', 'shelf-detection-v2'],
		['Shelf-Detection-V2', ' shelf-detection-v2'],
		['={{ ["price-tag-v1", "shelf-detection-v2"] }}', 'shelf-detection-v2'],
		['={{ "price-tag-v1,shelf-detection-v2" }}', 'shelf-detection-v2'],
		['', 'any'],
		[' , ', 'any'],
		['={{ null }}', 'any'],
		['={{ ({}) }}', 'any'],
	])('%j starts the workflow for a job of %j', async (models, model) => {
		node = trigger({ models });
		const event = jobEvent(model);
		expect(await send(event)).toMatchObject({ status: 200 });
		expect(receiver.runs).toEqual([{ json: event }]);
	});

	it.each([
		['without data', { type: 'cv.job.failed' }],
		['without a model', { type: 'cv.job.failed', data: { jobId: 'job_1' } }],
		['whose model is no text', jobEvent(7)],
		['that is not about a job', { type: 'visit.submitted', data: { visitId: 'v_1' } }],
	])('an event %s starts the workflow', async (_what, event) => {
		node = trigger({ models: 'shelf-detection-v2' });
		await send(event);
		expect(receiver.runs).toEqual([{ json: event }]);
	});
});

describe('Split Detections', () => {
	const split = async (event: object, options: object = { splitDetections: true }) =>
		await trigger(options).execute([{ json: event as IDataObject }]);

	it.each([
		{ status: 'completed', result: shelfResult() },
		{ status: 'completed', result: { detections: [], summary: 'Empty shelf' } },
		{ status: 'completed', result: null },
	] as const)('gives what CV Job → Get gives: %j', async (state) => {
		const { id: jobId, observationId, model, status, result } = kliq.seedJob(state);
		const parameters = {
			resource: 'cvJob',
			operation: 'get',
			jobId,
			simplify: true,
			options: { splitDetections: true },
		};
		const credential = kliqCredential(kliq);
		const expected = await new NodeUnderTest(new Kliq(), { parameters, credential }).execute();
		const data = { jobId, observationId, model, status, result };
		const output = await split({ id: 'evt_1', type: 'cv.job.completed', data });
		expect(output.map(({ json }) => json)).toEqual(expected.map(({ json }) => json));
		expect(Object.keys(output[0].json)).toEqual(Object.keys(expected[0].json));
		expect(output.every(({ pairedItem }) => pairedItem === 0)).toBe(true);
	});

	it.each([
		{ type: 'cv.job.failed', data: { jobId: 'job_1' } },
		{ type: 'visit.submitted', data: {} },
		{ type: 'cv.job.completed', data: ['job_1'] },
		{ type: 'cv.job.completed' },
	])('leaves %j as it is', async (event) => {
		expect(await split(event)).toEqual([{ json: event }]);
	});

	it('is off unless chosen', async () => {
		const event = { type: 'cv.job.completed', data: { jobId: 'job_1', result: shelfResult() } };
		expect(await split(event, {})).toEqual([{ json: event }]);
	});

	it('names a value that is neither true nor false', async () => {
		await expect(split({ type: 'visit.submitted' }, { splitDetections: 'maybe' })).rejects.toThrow(
			'Split Detections is neither true nor false',
		);
	});
});
