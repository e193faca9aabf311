import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';

import { KLIQ, TestBed, TRIGGER } from '../support/testBed';
import { N8N_VERSION } from '../support/versionUnderTest';
import { describeExamples } from './scenarios/examples';
import { describeOperator } from './scenarios/operator';
import { describePanels } from './scenarios/panels';
import { describeInBrowser, startBrowser } from './support/browser';
import { Editor } from './support/editor';
import type { OpenEditor } from './support/openEditor';

describeInBrowser(`the editor of n8n ${N8N_VERSION}:`, () => {
	let first: TestBed;
	let browser: Browser;
	let session: BrowserContext;

	beforeAll(async () => {
		first = await TestBed.open(N8N_VERSION, { hasEditor: true });
		await first.client.deleteCredential(first.credentialId);
		browser = await startBrowser();
		session = await Editor.logIn(browser, first.n8n);
	});

	afterAll(async () => {
		await browser?.close();
		await first?.close();
	});

	it('knows the nodes and the credential by the names that workflows hold', async () => {
		const ours = (name: string) => name.startsWith('n8n-nodes-kliq.');
		expect((await first.client.nodeTypes()).filter(ours)).toEqual(
			expect.arrayContaining([KLIQ, TRIGGER]),
		);
		expect(await first.client.credentialTypes()).toContain('kliqApi');
	});

	const open: OpenEditor = {
		testBed: async () => await first.withAnotherKliq(),
		editor: async (pictures) => await Editor.open(session, N8N_VERSION, pictures),
	};

	// Those that need an n8n without any credential come first.
	describeExamples(open);
	describeOperator(open);
	describePanels(open);
});
