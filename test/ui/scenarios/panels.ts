import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';

import { exampleText } from '../../support/exampleWorkflow';
import { buildNode, chain } from '../../support/n8n';
import { sampleEvent } from '../../support/simulator';
import { KLIQ, type TestBed, TRIGGER } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import type { Editor } from '../support/editor';
import type { OpenEditor } from '../support/openEditor';

interface Panel {
	resource: string;
	operation: string;
	/** What a person must find on the panel. */
	fields: string[];
	more?: INodeParameters;
}

const PANELS: Panel[] = [
	{
		resource: 'cvJob',
		operation: 'create',
		fields: ['Observation', 'Model', 'Wait for Completion', 'Split Detections', 'Timeout'],
		more: { waitForCompletion: true, options: { splitDetections: true, timeout: 300 } },
	},
	{
		resource: 'cvJob',
		operation: 'get',
		fields: ['CV Job', 'Simplify', 'Split Detections'],
		more: { options: { splitDetections: true } },
	},
	{
		resource: 'cvJob',
		operation: 'getAll',
		fields: ['Return All', 'Limit', 'Simplify', 'Model', 'Observation ID', 'Status'],
		more: {
			filters: { model: 'shelf-detection-v2', observationId: 'obs_abc123', status: 'failed' },
		},
	},
	{
		resource: 'observation',
		operation: 'create',
		fields: [
			'Location ID',
			'Image URL',
			'Coordinates',
			'Latitude',
			'Longitude',
			'Metadata',
			'Key',
			'Value',
		],
		more: {
			additionalFields: {
				coordinates: { latitude: '52.3702', longitude: '4.8952' },
				metadata: { pairs: [{ key: 'aisle', value: '7' }], json: [{ value: '{"shelf": 2}' }] },
			},
		},
	},
	{ resource: 'observation', operation: 'delete', fields: ['Observation'] },
	{
		resource: 'observation',
		operation: 'get',
		fields: ['Observation', 'Simplify', 'Download Photo', 'Put Output File in Field'],
		more: { options: { downloadPhoto: true, binaryPropertyName: 'data' } },
	},
	{
		resource: 'observation',
		operation: 'getAll',
		fields: ['Return All', 'Limit', 'Simplify', 'Location ID', 'Status'],
		more: { filters: { locationId: 'loc_7', status: 'pending' } },
	},
	{ resource: 'webhook', operation: 'create', fields: ['URL', 'Events'] },
	{ resource: 'webhook', operation: 'delete', fields: ['Webhook Subscription'] },
	{
		resource: 'webhook',
		operation: 'getAll',
		fields: ['Return All', 'Limit', 'Event', 'URL Contains'],
		more: { filters: { event: 'visit.submitted', url: 'n8n.example.com' } },
	},
];

/** As a person copies it from docs/sample-events.md. */
const SAMPLE = JSON.stringify([sampleEvent('visit.submitted')], null, '\t');

export function describePanels(open: OpenEditor): void {
	describe(`the panel in n8n ${N8N_VERSION} of`, () => {
		let testBed: TestBed;
		let editor: Editor;
		let nodes: INode[];
		let workflowId: string;

		beforeAll(async () => {
			testBed = await open.testBed();
			nodes = PANELS.map(({ resource, operation, more }) =>
				buildNode({
					type: KLIQ,
					name: `${resource} ${operation}`,
					parameters: { resource, operation, ...more },
					credentials: { kliqApi: testBed.credentialId },
				}),
			);
			const start = buildNode({ type: 'n8n-nodes-base.manualTrigger', name: 'Start' });
			const workflow = { name: 'All operations', ...chain([start, ...nodes]) };
			({ id: workflowId } = await testBed.client.createWorkflow(workflow));
			editor = await open.editor(`panels/${N8N_VERSION}`);
		});

		afterAll(async () => {
			await editor?.close();
			await testBed?.close();
		});

		it.each([
			['onReceived', true],
			['lastNode', false],
		])('KLIQ Trigger with Respond: %s offers Ignore Repeats: %s', async (respond, isOffered) => {
			const options = {
				ignoreRepeats: true,
				models: 'm',
				eventsToRemember: 500,
				splitDetections: true,
			};
			const { id, trigger } = await testBed.createTriggered({ parameters: { respond, options } });
			await editor.page.goto(`/workflow/${id}/${trigger.id}`);
			for (const field of ['Models', 'Split Detections']) await editor.text(field).waitFor();
			await editor.picture(`trigger-${respond}`);
			for (const field of ['Ignore Repeats', 'Events to Remember']) {
				expect(await editor.text(field).isVisible()).toBe(isOffered);
			}
		});

		it.each(PANELS.map((panel, index) => [`${panel.resource} → ${panel.operation}`, index]))(
			'%s shows its fields',
			async (_name, index) => {
				const { id } = nodes[index as number];
				await editor.page.goto(`/workflow/${workflowId}/${id}`);
				await editor.text('Operation').waitFor();
				const { fields, resource, operation } = PANELS[index as number];
				for (const field of fields) await editor.text(field).waitFor();
				await editor.picture(`${resource}-${operation}`);
				expect(await editor.reading()).not.toContain('undefined');
			},
		);

		/** Opens the panel of a KLIQ node, alone behind a manual trigger. */
		const openAlone = async (parameters: INodeParameters) => {
			const node = buildNode({
				type: KLIQ,
				name: 'KLIQ',
				parameters,
				credentials: { kliqApi: testBed.credentialId },
			});
			const start = buildNode({ type: 'n8n-nodes-base.manualTrigger', name: 'Start' });
			const workflow = { name: 'One operation', ...chain([start, node]) };
			const { id } = await testBed.client.createWorkflow(workflow);
			await editor.page.goto(`/workflow/${id}/${node.id}`);
			await editor.text('Operation').waitFor();
		};

		it('observation → create has coordinates that are empty when they are added', async () => {
			await openAlone({ resource: 'observation', operation: 'create' });
			await editor.page.getByPlaceholder('Add Field').click();
			await editor.text('Coordinates').click();
			await editor.text('Longitude').waitFor();
			await editor.picture('coordinates-added');
			for (const axis of ['Latitude', 'Longitude']) {
				expect(await editor.field(axis).inputValue()).toBe('');
			}
		});

		it('KLIQ Trigger takes a sample of the documents before any event has come', async () => {
			const { id, trigger } = await testBed.createTriggered();
			await editor.page.goto(`/workflow/${id}/${trigger.id}`);
			await editor.text('Respond').waitFor();
			await editor.text('set mock data').click();
			await editor.picture('mock-data-empty');
			await editor.copy(SAMPLE);
			await editor.page.locator('.cm-content').last().click();
			await editor.page.keyboard.press('Control+A');
			await editor.page.keyboard.press('Control+V');
			await editor.picture('mock-data-pasted');
			await editor.button('Save').click();
			await editor.text(/evt_sample1/).waitFor();
			await editor.picture('mock-data-saved');
			expect(await editor.reading()).toContain('This data is pinned');
			// n8n 1.x would open the node of this name in the next workflow, too.
			await editor.leaveNode();
		});

		it('KLIQ Trigger gives the credential chosen in it to the other KLIQ node of an example', async () => {
			await editor.newWorkflow();
			await editor.copy(exampleText('cv-job-failed-to-slack'));
			await editor.page.keyboard.press('Control+V');
			await editor.openNode(/^KLIQ Trigger/);
			await editor.page.getByRole('combobox', { name: /Select credential/i }).click();
			await editor.picture('credential-list');
			await editor.page
				.getByRole('option', { name: /^KLIQ( |$)/ })
				.first()
				.click();
			await editor.picture('credential-chosen');
			await editor.leaveNode();
			await editor.page.keyboard.press('Control+A');
			await editor.page.keyboard.press('Control+C');
			const copied = JSON.parse(await editor.copied()) as { nodes: INode[] };
			const ours = copied.nodes.filter(({ type }) => [KLIQ, TRIGGER].includes(type));
			expect(ours.map(({ credentials }) => credentials?.kliqApi)).toEqual([
				expect.objectContaining({ id: expect.any(String) }),
				expect.objectContaining({ id: expect.any(String) }),
			]);
		});

		it('observation → get has a list that begins with what a person recognizes', async () => {
			testBed.kliq.seedObservation({ locationId: 'loc_main_street', status: 'pending' });
			await openAlone({ resource: 'observation', operation: 'get' });
			await editor.page.getByPlaceholder('Select an observation…').click();
			await editor.text(/^loc_main_street · pending · obs_/).waitFor();
			await editor.picture('observation-list');
		});

		it('cvJob → getAll says once that Limit is reached', async () => {
			for (let each = 0; each < 3; each++) testBed.kliq.seedJob();
			await openAlone({ resource: 'cvJob', operation: 'getAll', limit: 2 });
			await editor.button(/^Execute step|^Test step/).click();
			await editor.text(/^Limit of 2 items reached/).waitFor();
			await editor.picture('limit-reached');
			expect(await editor.reading()).not.toContain('Only the first');
		});
	});
}
