import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { buildNode, outputOf } from '../../support/n8n';
import { byId } from '../../support/n8nCore/items';
import { FAILURE_REASON, shelfResult, type KliqEventType } from '../../support/simulator';
import {
	KLIQ,
	type OpenTestBed,
	type TestBed,
	type TriggeredWorkflow,
} from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';

const MODEL = 'shelf-detection-v2';

export function describeObservationToResult(openTestBed: OpenTestBed): void {
	describe(`observations and CV jobs in n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;

		beforeAll(async () => {
			const jobDurations = { queuedMs: 200, processingMs: 300 };
			testBed = await openTestBed({ jobDurations });
		});

		afterAll(async () => {
			await testBed?.close();
		});

		const onEvent = async (event: KliqEventType, parameters: INodeParameters) =>
			await testBed.publishTriggered({
				parameters: { events: [event] },
				then: [
					buildNode({
						type: KLIQ,
						name: 'KLIQ',
						parameters,
						credentials: { kliqApi: testBed.credentialId },
					}),
				],
			});

		const outputsOf = async ({ id }: TriggeredWorkflow): Promise<IDataObject[]> => {
			const [{ id: executionId }] = await testBed.client.waitForExecutions(id, 1);
			const execution = await testBed.client.execution(executionId);
			if (execution.data.resultData.error) throw execution.data.resultData.error;
			return outputOf(execution, 'KLIQ');
		};

		const createObservation = async (additionalFields: INodeParameters = {}) => {
			const [created] = await testBed.runAction({
				resource: 'observation',
				operation: 'create',
				locationId: 'loc_store_0417',
				imageUrl: 'https://images.example.com/shelf.jpg',
				additionalFields,
			});
			return created;
		};

		it('runs the whole cycle: observation, event, CV job, event, observation', async () => {
			const started = await onEvent('observation.created', {
				resource: 'cvJob',
				operation: 'create',
				observationId: byId('={{ $json.data.observationId }}'),
				model: MODEL,
			});
			const completed = await onEvent('cv.job.completed', {
				resource: 'observation',
				operation: 'get',
				observationId: byId('={{ $json.data.observationId }}'),
			});

			const observation = await createObservation({
				coordinates: { latitude: '52.3702', longitude: '4.8952' },
				metadata: {
					json: [{ value: '{"aisle": 1, "shelves": [1, 2]}' }],
					pairs: [{ key: 'aisle', value: '7' }],
				},
			});

			expect(observation).toMatchObject({
				latitude: 52.3702,
				longitude: 4.8952,
				metadata: { aisle: '7', shelves: [1, 2] },
				status: 'pending',
			});
			expect(await outputsOf(started)).toEqual([
				{
					id: testBed.kliq.jobs()[0].id,
					observationId: observation.id,
					model: MODEL,
					status: 'queued',
				},
			]);
			expect(await outputsOf(completed)).toEqual([observation]);
			expect(testBed.kliq.jobs()).toHaveLength(1);

			await testBed.unpublish(started.id);
			await testBed.unpublish(completed.id);
		});

		const startAndWait = (observationId: string): INodeParameters => ({
			resource: 'cvJob',
			operation: 'create',
			observationId: byId(observationId),
			model: MODEL,
			waitForCompletion: true,
			options: { splitDetections: true },
		});

		it('waits for a job and returns its detections', async () => {
			const { id: observationId } = await createObservation();
			const detections = await testBed.runAction(startAndWait(observationId as string));
			const { id: jobId } = testBed.kliq.jobs().at(-1)!;
			expect(detections).toEqual(
				shelfResult().detections.map((detection) => ({
					jobId,
					observationId,
					model: MODEL,
					...detection,
				})),
			);
		});

		it('says why a job has failed', async () => {
			const { id } = await createObservation();
			testBed.kliq.planJobEnd();
			await expect(testBed.runAction(startAndWait(id as string))).rejects.toMatchObject({
				message: expect.stringContaining(`failed: ${FAILURE_REASON}`),
			});
		});
	});
}
