import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import type { Browser } from 'playwright-core';

import { EXAMPLES, exampleText, hasSamples } from '../support/exampleWorkflow';
import { TestBed } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { describeInBrowser, startBrowser } from './support/browser';
import { Editor } from './support/editor';

// The pictures in examples/images are those that this takes in the newest n8n.
describeInBrowser(`examples pasted into the editor of n8n ${N8N_VERSION}`, () => {
	let browser: Browser;
	let testBed: TestBed;
	let editor: Editor;

	beforeAll(async () => {
		testBed = await TestBed.open(N8N_VERSION, { hasEditor: true });
		await testBed.client.deleteCredential(testBed.credentialId);
		browser = await startBrowser();
		editor = await Editor.open(browser, testBed.n8n, `examples/${N8N_VERSION}`);
		await editor.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	});

	afterAll(async () => {
		await browser?.close();
		await testBed?.close();
	});

	/** Executes the workflow and waits until the editor shows that all has run, although nothing is filled in. */
	const runWithSamples = async (name: string) => {
		const isForm = name === 'photo-to-answer';
		const popup = isForm ? editor.page.waitForEvent('popup') : undefined;
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
