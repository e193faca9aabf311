import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

import {
	EXAMPLES,
	hasSamples,
	isEmptyLocator,
	kindOf,
	readExample,
} from '../support/exampleWorkflow';

const FOLDER = resolve(__dirname, '../../examples');
const README = readFileSync(resolve(FOLDER, 'README.md'), 'utf8');

const NEEDS_CREDENTIAL = ['kliqTrigger', 'kliq', 'emailSend', 'slack'];
const NEEDS_TABLE = ['dataTable'];

const titleOf = (name: string) => readExample(name).name.replace('KLIQ: ', '');

const slugOf = (title: string) =>
	title
		.toLowerCase()
		.replaceAll('→', 'to')
		.replace(/[^a-z0-9 ]/g, '')
		.replaceAll(' ', '-');

/** The nodes that do something, by what they need before they can. */
const nodesOf = (name: string) =>
	readExample(name).nodes.filter((node) => kindOf(node) !== 'stickyNote');

describe.each(EXAMPLES)('the example %s', (name) => {
	it('has its title for a file name, a heading and a picture', () => {
		const title = titleOf(name);
		expect(readExample(name).name).toBe(`KLIQ: ${title}`);
		expect(name).toBe(slugOf(title));
		const heading = title[0].toUpperCase() + title.slice(1);
		const [, rest = ''] = README.split(`\n## ${heading}\n`);
		const [section] = rest.split('\n## ');
		expect(section).toContain(`[${name}.json](${name}.json)`);
		expect(section).toContain(`](images/${name}.png)`);
		expect(existsSync(resolve(FOLDER, `images/${name}.png`))).toBe(true);
	});

	it('names every node that has something to fill in in its notes', () => {
		const { nodes } = readExample(name);
		const notes = nodes
			.filter((node) => kindOf(node) === 'stickyNote')
			.map(({ parameters }) => parameters.content)
			.join('\n');
		const toFillIn = nodesOf(name).filter(
			(node) =>
				NEEDS_CREDENTIAL.includes(kindOf(node)) ||
				Object.values(node.parameters).some((parameter) => isEmptyLocator(parameter)),
		);
		expect(toFillIn).not.toEqual([]);
		expect(toFillIn.filter((node) => !notes.includes(`**${node.name}**`))).toEqual([]);
	});

	it('holds no credential, and expressions only about nodes that it has', () => {
		const { nodes } = readExample(name);
		expect(nodes.filter((node) => 'credentials' in node || 'webhookId' in node)).toEqual([]);
		const text = JSON.stringify(nodes);
		const named = [...text.matchAll(/\$\('([^']+)'\)/g)].map(([, node]) => node);
		const names = nodes.map((node) => node.name);
		expect(named.filter((node) => !names.includes(node))).toEqual([]);
	});

	it('has samples for all nodes that cannot run before something is filled in, or for none', () => {
		if (!hasSamples(name)) {
			// Its form decides what is deleted at KLIQ: samples must not stand in the way.
			expect(name).toBe('clean-up-webhook-subscriptions');
			return;
		}
		const pinned = Object.keys(readExample(name).pinData);
		const names = nodesOf(name).map((node) => node.name);
		expect(pinned.filter((node) => !names.includes(node))).toEqual([]);
		const unable = nodesOf(name).filter((node) =>
			[...NEEDS_CREDENTIAL, ...NEEDS_TABLE].includes(kindOf(node)),
		);
		expect(unable.map((node) => node.name).filter((each) => !pinned.includes(each))).toEqual([]);
	});
});
