import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';

import { kliqCredential } from '../../support/kliqCredential';
import { buildNode, chain, isN8nV1, NEWEST_N8N } from '../../support/n8n';
import { KLIQ, type TestBed } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';
import type { Editor } from '../support/editor';
import type { OpenEditor } from '../support/openEditor';

const TRIGGERS = [
	'On CV job completed',
	'On CV job failed',
	'On observation created',
	'On observation updated',
	'On visit submitted',
];

const ACTIONS = [
	'Create observation',
	'Delete observation',
	'Get observation',
	'Get many observations',
	'Get CV job',
	'Get many CV jobs',
	'Start CV job',
	'Create webhook subscription',
	'Delete webhook subscription',
	'Get many webhook subscriptions',
];

/** Of a window that shows all of them at once. */
const ALL_ACTIONS_HEIGHT = 1_220;
/** n8n 2.x tries five times before it says what is wrong. */
const GIVEN_UP_WITHIN_MS = 240_000;

export function describeOperator(open: OpenEditor): void {
	describe(`an operator in the editor of n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;
		let editor: Editor;

		beforeAll(async () => {
			testBed = await open.testBed();
			await testBed.client.deleteCredential(testBed.credentialId);
			editor = await open.editor(N8N_VERSION);
		});

		afterAll(async () => {
			await editor?.close();
			await testBed?.close();
		});

		/** n8n can check a signature a moment after KLIQ has the subscription, when it has stored the secret. */
		const sendUntilTaken = async () => {
			for (let sent = 0; sent < 10; sent++) {
				const { event, deliveries } = testBed.kliq.emit('visit.submitted');
				await Promise.all(deliveries.map(async ({ firstAttempt }) => await firstAttempt));
				if (deliveries.some(({ attempts }) => attempts[0].status === 200)) return event;
				await sleep(1_000);
			}
			throw new Error('n8n took none of the events');
		};

		/** A step of the operator's way; each goes on where the one before it ended. */
		const step = (name: string, work: () => Promise<void>) =>
			it(name, async () => {
				try {
					await work();
				} catch (error) {
					await editor.picture('failed');
					throw error;
				}
			});

		/** A picture for the README, which shows the newest n8n. */
		const pictureForDocs: Editor['pictureForDocs'] = async (...picture) => {
			if (N8N_VERSION === NEWEST_N8N) await editor.pictureForDocs(...picture);
		};

		step('finds the nodes by searching for kliq', async () => {
			await editor.newWorkflow();
			await editor.searchNodes('kliq');
			await editor.text('KLIQ').waitFor();
			await editor.picture('search-light');
			await editor.page.emulateMedia({ colorScheme: 'dark' });
			await editor.picture('search-dark');
			await editor.text('KLIQ').click();
			await editor.text(/^Triggers/).waitFor();
			await editor.text(/^Actions/).click();
			await editor.picture('actions-dark');
		});

		step('finds them by what they are for', async () => {
			// The icons of a color scheme come with a new page.
			await editor.page.emulateMedia({ colorScheme: 'light' });
			for (const words of ['computer vision', 'planogram', 'visit', 'retail', 'audit']) {
				await editor.newWorkflow();
				await editor.searchNodes(words);
				await editor.text('KLIQ').waitFor();
				await editor.picture(`search-${words.replace(' ', '-')}`);
			}
		});

		step('reads what they can do', async () => {
			await editor.text('KLIQ').click();
			await editor.text(/^Actions/).click();
			await editor.picture('actions-light');
			await pictureForDocs('node-panel', editor.part('node-creator'), {
				windowHeight: ALL_ACTIONS_HEIGHT,
			});
			const lines = (await editor.reading()).split('\n');
			expect(lines).toEqual(expect.arrayContaining([...TRIGGERS, ...ACTIONS]));
		});

		step('adds the credential, with a wrong key and the right one', async () => {
			await editor.text('On CV job completed').click();
			await editor.text('Respond').waitFor();
			await editor.picture('trigger-new');
			if (isN8nV1(N8N_VERSION)) {
				await editor.page.getByRole('combobox', { name: 'Select Credential' }).click();
				await editor.text(/Create new credential/).click();
			} else {
				await editor.button('Connect to KLIQ').click();
			}
			await editor.text(/^Tenant ID/).waitFor();
			await editor.picture('credential-empty');
			await editor.field('API Key').fill('kliq_live_wrong');
			await editor.field('Tenant ID').fill(testBed.kliq.tenantId);
			await pictureForDocs('credential', editor.part('editCredential-modal'));
			await editor.field('Base URL').fill(testBed.kliq.baseUrl);
			await editor.button('Save').click();
			await editor.text(/Couldn’t connect with these settings/).waitFor();
			await editor.text('More details').click();
			await editor.picture('credential-wrong-key');
			expect(await editor.reading()).toMatch(
				isN8nV1(N8N_VERSION) ? /Authorization failed/ : /KLIQ did not accept the API key/,
			);
			await editor.field('API Key').fill(testBed.kliq.apiKey);
			await editor.button('Save').click();
			await editor.text(/Connection tested successfully|Credential saved/).waitFor();
			await editor.picture('credential-right-key');
			if (isN8nV1(N8N_VERSION)) await editor.button('Close this dialog').click();
		});

		step('chooses events', async () => {
			await editor.field('Events').click();
			await editor.picture('events-list');
			await editor.text('Visit Submitted').click();
			await pictureForDocs('events', editor.part('node-parameters'), { height: 470 });
			await editor.page.keyboard.press('Escape');
			await editor.text('Respond').hover();
			await editor.picture('events-chosen');
		});

		step('listens for a test event and sees it in the output', async () => {
			await editor.button('Execute step').click();
			await editor.text(/Waiting for KLIQ|Listening for/).waitFor();
			await editor.text('Stop Listening').waitFor();
			await editor.picture('listening');
			await waitFor(() => expect(testBed.kliq.subscriptions()).toHaveLength(1));
			const event = await sendUntilTaken();
			await editor.text(event.id).waitFor();
			await editor.picture('event-in-output');
			await editor.page.getByRole('radio', { name: 'JSON' }).click();
			await pictureForDocs('event', editor.part('output-panel'), { height: 520 });
			await waitFor(() => expect(testBed.kliq.subscriptions()).toHaveLength(0));
		});

		step('publishes, and sees an execution', async () => {
			await editor.leaveNode();
			await editor.text('2 events').waitFor();
			await editor.picture('canvas');
			await editor.publish();
			await waitFor(() => expect(testBed.kliq.subscriptions()).toHaveLength(1));
			await editor.picture('published');
			await editor.page.keyboard.press('Escape');
			await sendUntilTaken();
			await editor.page.getByRole('radio', { name: 'Executions' }).click();
			await editor.text(/Succeeded/).waitFor();
			await editor.picture('execution');
		});

		step('maps a field of a node that has not run yet', async () => {
			const kliq = (name: string, parameters: INodeParameters) =>
				buildNode({ type: KLIQ, name, parameters });
			const { id } = await testBed.client.createWorkflow({
				name: 'Not run yet',
				...chain([
					buildNode({ type: 'n8n-nodes-base.manualTrigger', name: 'Start' }),
					kliq('Submit Photo', { resource: 'observation', operation: 'create' }),
					kliq('Analyze Photo', { resource: 'cvJob', operation: 'create' }),
				]),
			});
			await editor.openWorkflow(id);
			await editor.openNode('Analyze Photo');
			await editor.drag('id', editor.page.getByPlaceholder('Select an observation…'));
			await editor.text('{{ $json.id }}').waitFor();
			await editor.picture('mapped-before-run');
		});

		step('chooses a subscription from the list and deletes it', async () => {
			testBed.kliq.seedSubscription({
				url: 'https://old-n8n.example.com/webhook/4f1c/webhook',
				events: ['visit.submitted'],
			});
			await editor.newWorkflow();
			await editor.searchNodes('kliq');
			await editor.text('KLIQ').click();
			await editor.text(/^Actions/).click();
			await editor.text('Delete webhook subscription').click();
			await editor.page.getByPlaceholder('Select a subscription…').waitFor();
			await editor.picture('delete-new');
			await editor.page.getByPlaceholder('Select a subscription…').click();
			await editor.text(/^Visit Submitted → old-n8n/).waitFor();
			await editor.picture('subscriptions-list');
			await editor.text(/old-n8n/).click();
			await editor.button('Execute step').click();
			// n8n shows the output as the person last looked at one: here as JSON.
			await editor.text(/"?deleted"?/).waitFor();
			await editor.picture('deleted');
			expect(JSON.stringify(testBed.kliq.subscriptions())).not.toContain('old-n8n');
		});

		step('reads what is wrong with an unknown ID', async () => {
			await editor.page
				.getByPlaceholder('Select a subscription…')
				.locator('xpath=preceding::input[1]')
				.click();
			await editor.text(/^By ID$/i).click();
			await editor.page.getByPlaceholder('e.g. wh_abc123').fill('wh_unknown');
			await editor.button('Execute step').click();
			await editor.text(/KLIQ has no webhook subscription with the ID/).waitFor();
			await editor.picture('error-unknown-id');
		});

		step('reads what is wrong with the key', async () => {
			testBed.kliq.revokeKey(testBed.kliq.apiKey);
			await editor.button('Execute step').click();
			await editor.text(/KLIQ did not accept the API key/).waitFor();
			await editor.picture('error-wrong-key');
		});

		step('reads that no event is chosen', async () => {
			await editor.newWorkflow();
			await editor.searchNodes('kliq');
			await editor.text('KLIQ').click();
			await editor.text('On visit submitted').click();
			await editor.text('Respond').waitFor();
			await editor.field('Events').click();
			await editor.page.getByRole('option', { name: /Visit Submitted/, selected: true }).click();
			await editor.page.keyboard.press('Escape');
			const execute = editor.button('Execute step');
			expect(await execute.isDisabled()).toBe(true);
			await execute.hover();
			await editor.text('Complete required fields first').waitFor();
			await editor.picture('error-no-event');
			await editor.leaveNode();
			await editor.text('no event chosen').waitFor();
			await editor.part('node-issues').hover();
			await editor.text(/Parameter "Events" is required/).waitFor();
			await editor.picture('error-no-event-canvas');
		});

		/** Publishes a workflow of KLIQ Trigger in the editor and reads why that fails. */
		const readWhyNotPublished = async (
			name: string,
			baseUrl: string,
			events: INodeParameters[string],
			why: RegExp[],
		) => {
			const credentialId = await testBed.client.createCredential({
				type: 'kliqApi',
				name,
				data: kliqCredential(testBed.kliq, { apiKey: testBed.kliq.addKey(), baseUrl }),
			});
			const { id } = await testBed.createTriggered({ parameters: { events }, credentialId });
			await editor.openWorkflow(id);
			await editor.publish();
			await editor.text(why[0]).waitFor({ timeout: GIVEN_UP_WITHIN_MS });
			await editor.picture(`error-publishing-${name}`);
			const said = await editor.reading();
			const wayOut = isN8nV1(N8N_VERSION)
				? /Then publish the workflow again/
				: /Then unpublish the workflow \(arrow beside Publish\), and publish it again/;
			for (const words of [...why, wayOut]) expect(said).toMatch(words);
		};

		step('reads on publishing that no event is chosen', async () => {
			// The editor does not see that an expression gives none, so only n8n can tell.
			await readWhyNotPublished('no-event', testBed.kliq.baseUrl, '={{ [] }}', [
				/No event is chosen in KLIQ Trigger/,
				/choose at least one under Events/,
			]);
		});

		step('reads on publishing that KLIQ cannot reach this n8n', async () => {
			// Not KLIQ's own address: n8n tidies up after a failure, and that must not leave this machine.
			await readWhyNotPublished(
				'unreachable',
				'https://kliq.invalid/v1',
				['visit.submitted'],
				[
					/KLIQ cannot reach this n8n: its address is http:\/\/127\.0\.0\.1/,
					/environment variable WEBHOOK_URL/,
				],
			);
		});
	});
}
