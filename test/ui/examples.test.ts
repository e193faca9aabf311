import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import type { Browser } from 'playwright-core';

import { EXAMPLES, exampleText } from '../support/exampleWorkflow';
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

	it.each(EXAMPLES)('%s', async (name) => {
		const text = exampleText(name);
		expect(text).not.toMatch(/"credentials"|"instanceId"/);
		const { nodes } = JSON.parse(text) as { nodes: INode[] };

		await editor.newWorkflow();
		await editor.copy(text);
		await editor.page.keyboard.press('Control+V');
		await editor.text('KLIQ Trigger').or(editor.text('Find Them')).first().waitFor();
		await editor.page.keyboard.press('1');
		await editor.pictureOfWorkflow(name);

		await editor.page.keyboard.press('Control+A');
		await editor.page.keyboard.press('Control+C');
		const pasted = JSON.parse(await editor.copied()) as { nodes: INode[] };
		expect(pasted.nodes.map((node) => node.name).sort()).toEqual(
			nodes.map((node) => node.name).sort(),
		);
	});
});
