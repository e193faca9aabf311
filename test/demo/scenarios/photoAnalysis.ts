import { outputOf } from '../../support/n8n';
import type { KliqSimulator } from '../../support/simulator';
import { waitFor } from '../../support/waitFor';
import type { DemoEnvironment } from '../environment';

/** What came of one photo. */
export interface PhotoAnalysisResult {
	observationId: string;
	/** The job that the photo-analysis workflow started; undefined if it started none. */
	jobId?: string;
	/** Whether the event-lines workflow has run with the job's completion. */
	isCompleted: boolean;
}

/** Has a person in the field submit a photo. @returns the observation's ID */
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
 * Follows one photo from its submission, whose event starts a CV job, to the event of the job's
 * completion.
 */
export async function analyzePhoto(environment: DemoEnvironment): Promise<PhotoAnalysisResult> {
	const { kliq } = environment.testBed;
	const observationId = await submitObservation(kliq);
	const jobId = () => kliq.jobs().find((job) => job.observationId === observationId)?.id;
	const completion = async () => {
		const id = jobId();
		if (id === undefined || !(await hasRunFor(environment, id))) throw new Error('Not yet');
	};
	const isCompleted = await waitFor(completion).then(
		() => true,
		() => false,
	);
	return { observationId, jobId: jobId(), isCompleted };
}

async function hasRunFor(
	{ testBed: { client }, eventLines }: DemoEnvironment,
	jobId: string,
): Promise<boolean> {
	const [newest] = await client.executions(eventLines.id, { status: 'success' });
	if (newest === undefined) return false;
	const [event] = outputOf(await client.execution(newest.id), 'KLIQ Trigger');
	const data = event?.data as { jobId?: string } | undefined;
	return event?.type === 'cv.job.completed' && data?.jobId === jobId;
}
