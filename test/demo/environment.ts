import { buildNode, ensureN8n, NEWEST_N8N } from '../support/n8n';
import { byId } from '../support/n8nCore/items';
import { providePackedProject } from '../support/packedProject';
import { KLIQ_EVENT_TYPES } from '../support/simulator';
import { KLIQ, TestBed, type TriggeredWorkflow } from '../support/testBed';

/** What the demo runs on: a real n8n with the package in it, a simulated KLIQ, two workflows. */
export interface DemoEnvironment {
	testBed: TestBed;
	/** Writes a line for every event; not published yet. */
	eventLines: TriggeredWorkflow;
	/** Starts a CV job for every new observation; not published yet. */
	photoAnalysis: TriggeredWorkflow;
	/** Stops everything and removes what it made. */
	close(): Promise<void>;
}

/**
 * Builds and packs the project, gets and starts n8n, and stores the workflows.
 *
 * @param say told in plain lines what is going on
 * @throws Error with the reason if any of it fails; nothing is left running then
 */
export async function openDemoEnvironment(say: (line: string) => void): Promise<DemoEnvironment> {
	await ensureN8n(NEWEST_N8N, say);
	say('Building and packing n8n-nodes-kliq');
	const removePackedProject = await providePackedProject();
	let testBed: TestBed | undefined;
	const close = async () => {
		await testBed?.close();
		await removePackedProject();
	};
	try {
		say(`Starting n8n ${NEWEST_N8N} with the package installed`);
		testBed = await TestBed.open(NEWEST_N8N, { hasEditor: true });
		const eventLines = await createEventLines(testBed);
		const photoAnalysis = await createPhotoAnalysis(testBed);
		return { testBed, eventLines, photoAnalysis, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** KLIQ Trigger, and a node that makes a readable line of each event. */
async function createEventLines(testBed: TestBed): Promise<TriggeredWorkflow> {
	const line = buildNode({
		type: 'n8n-nodes-base.set',
		name: 'Write a Line',
		typeVersion: 3.4,
		parameters: {
			assignments: {
				assignments: [
					{
						id: 'line',
						name: 'line',
						type: 'string',
						value: '={{ $json.timestamp }}  {{ $json.type }}  {{ $json.id }}',
					},
				],
			},
			options: {},
		},
	});
	return await testBed.createTriggered({
		name: 'KLIQ events → one line each',
		parameters: { events: [...KLIQ_EVENT_TYPES] },
		then: [line],
	});
}

/** KLIQ Trigger on new observations, and a node that has each analyzed. */
async function createPhotoAnalysis(testBed: TestBed): Promise<TriggeredWorkflow> {
	const start = buildNode({
		type: KLIQ,
		name: 'Start CV Job',
		parameters: {
			resource: 'cvJob',
			operation: 'create',
			observationId: byId('={{ $json.data.observationId }}'),
			model: 'shelf-detection-v2',
		},
		credentials: { kliqApi: testBed.credentialId },
	});
	return await testBed.createTriggered({
		name: 'New observation → CV job',
		parameters: { events: ['observation.created'] },
		then: [start],
	});
}
