import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';

import { EXAMPLES, exampleText, hasSamples } from '../../support/exampleWorkflow';
import type { TestBed } from '../../support/testBed';
import { N8N_VERSION } from '../../support/versionUnderTest';
import { waitFor } from '../../support/waitFor';
import type { Editor } from '../support/editor';
import type { OpenEditor } from '../support/openEditor';

const FORM = 'photo-to-answer';

/**
 * n8n may open a form's page before it has stored that the execution waits for it, and does not answer
 * that request then, nor ever (n8n, `WaitingForms`): whoever meets it reloads the page. This keeps the
 * request back until n8n can answer.
 */
async function holdFormsUntilStored({ page }: Editor, { client }: TestBed): Promise<void> {
	await page.context().route('**/form-waiting/**', async (route) => {
		const [, id] = /form-waiting\/(\d+)/.exec(route.request().url())!;
		await waitFor(async () =>
			expect((await client.execution(id)).status).not.toMatch(/^(new|running)$/),
		);
		await route.continue();
	});
}

// The pictures in examples/images are those that this takes in the newest n8n.
export function describeExamples(open: OpenEditor): void {
	describe(`examples pasted into the editor of n8n ${N8N_VERSION}`, () => {
		let testBed: TestBed;
		let editor: Editor;

		beforeAll(async () => {
			testBed = await open.testBed();
			await testBed.client.deleteCredential(testBed.credentialId);
			editor = await open.editor(`examples/${N8N_VERSION}`);
			await holdFormsUntilStored(editor, testBed);
		});

		afterAll(async () => {
			await editor?.close();
			await testBed?.close();
		});

		/** Executes the workflow and waits until the editor shows that all has run, although nothing is filled in. */
		const runWithSamples = async (name: string) => {
			const popup = name === FORM ? editor.page.waitForEvent('popup') : undefined;
			await editor.button(/^Execute workflow/).click();
			if (popup === undefined) {
				await editor.text('Workflow executed successfully').waitFor();
			} else {
				const answer = await popup;
				await answer.getByText('What KLIQ found').waitFor();
				await answer.close();
			}
		};

		it.each(EXAMPLES)('%s', async (name) => {
			const text = exampleText(name);
			expect(text).not.toMatch(/"credentials"|"instanceId"/);
			const { nodes } = JSON.parse(text) as { nodes: INode[] };

			await editor.newWorkflow();
			await editor.copy(text);
			await editor.page.keyboard.press('Control+V');
			await editor.text(nodes.at(-1)!.name).waitFor();
			await editor.page.keyboard.press('1');
			await editor.pictureOfWorkflow(name);

			if (hasSamples(name)) await runWithSamples(name);

			await editor.page.keyboard.press('Control+A');
			await editor.page.keyboard.press('Control+C');
			const pasted = JSON.parse(await editor.copied()) as { nodes: INode[] };
			expect(pasted.nodes.map((node) => node.name).sort()).toEqual(
				nodes.map((node) => node.name).sort(),
			);
		});
	});
}
