import { setTimeout as sleep } from 'node:timers/promises';

import { outputOf } from '../support/n8n';
import type { KliqSimulator } from '../support/simulator';
import type { DemoEnvironment } from './environment';

const WITHIN_MS = 30_000;
const POLL_MS = 200;

/** What came of one photo. */
export interface CircleResult {
	observationId: string;
	/** The job that the second workflow started; undefined if it started none. */
	jobId?: string;
	/** Whether the first workflow has run with the job's completion. */
	completed: boolean;
}

/** Has a person in the field submit a photo. @returns the observation's id */
export async function submitObservation(kliq: KliqSimulator): Promise<string> {
	const { apiKey, baseUrl, tenantId } = kliq;
	const response = await fetch(`${baseUrl}/tenants/${tenantId}/observations`, {
		method: 'POST',
		headers: { 'X-API-Key': apiKey, 'content-type': 'application/json' },
		body: JSON.stringify({
			locationId: 'loc_store_0417',
			imageUrl: 'https://images.example.com/shelf.jpg',
		}),
	});
	const { id } = (await response.json()) as { id: string };
	return id;
}

/**
 * Follows one photo all the way round: submitted, its event starts a CV job, and the job's
 * completion runs the first workflow.
 */
export async function goRound(environment: DemoEnvironment): Promise<CircleResult> {
	const { kliq } = environment;
	const observationId = await submitObservation(kliq);
	const jobOf = () => kliq.jobs().find((job) => job.observationId === observationId);
	const deadline = Date.now() + WITHIN_MS;
	let completed = false;
	while (!completed && Date.now() < deadline) {
		await sleep(POLL_MS);
		const job = jobOf();
		completed = job !== undefined && (await hasRunFor(environment, job.id));
	}
	return { observationId, jobId: jobOf()?.id, completed };
}

async function hasRunFor({ client, workflowId }: DemoEnvironment, jobId: string): Promise<boolean> {
	const [newest] = await client.executions(workflowId, { status: 'success' });
	if (newest === undefined) return false;
	const [event] = outputOf(await client.execution(newest.id), 'KLIQ Trigger');
	const data = event?.data as { jobId?: string } | undefined;
	return event?.type === 'cv.job.completed' && data?.jobId === jobId;
}
