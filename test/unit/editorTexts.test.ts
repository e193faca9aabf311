import { describe, expect, it } from '@jest/globals';
import type { INodeProperties } from 'n8n-workflow';

import { KliqApi } from '../../credentials/KliqApi.credentials';
import { Kliq } from '../../nodes/Kliq/Kliq.node';
import actionCodex from '../../nodes/Kliq/Kliq.node.json';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';
import triggerCodex from '../../nodes/Kliq/KliqTrigger.node.json';

// n8n's UX guidelines, “Placeholders” and “Naming action”.

/** Anew for each test, so that mutation testing sees which test reads them. */
const DESCRIBED: Array<[string, () => object]> = [
	['KLIQ', () => new Kliq().description],
	['KLIQ Trigger', () => new KliqTrigger().description],
	['KLIQ API', () => new KliqApi()],
];

/** Where an empty text is a value. */
const VALUES = ['default', 'value'];

/** The paths of all empty texts but values. */
const emptyTexts = (value: unknown, path = ''): string[] => {
	if (value === '') return [path];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value)
		.filter(([name]) => !VALUES.includes(name))
		.flatMap(([name, inner]) => emptyTexts(inner, `${path}.${name}`));
};

/** Every string under a key, at any depth. */
const textsUnder = (key: string, value: unknown): string[] => {
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([name, inner]) =>
		name === key && typeof inner === 'string' ? [inner] : textsUnder(key, inner),
	);
};

/** Texts of buttons and of lists, and a request; all other placeholders are samples of content. */
const isSample = (placeholder: string) => !/^((Add|Select) |Leave empty$)/.test(placeholder);

/** Every collection, at any depth. */
const collectionsIn = (value: unknown): INodeProperties[] => {
	if (typeof value !== 'object' || value === null) return [];
	const inner = Object.values(value).flatMap(collectionsIn);
	return 'type' in value && value.type === 'collection'
		? [value as INodeProperties, ...inner]
		: inner;
};

const ARTICLE = /\b(an?|the)\b/i;

describe('in the editor', () => {
	it.each(DESCRIBED)('every sample in a field of %s begins with “e.g. ”', (_name, build) => {
		const samples = textsUnder('placeholder', build()).filter(isSample);
		expect(samples.filter((sample) => !/^e\.g\. \S/.test(sample))).toEqual([]);
	});

	it.each(DESCRIBED)('no text of %s is empty', (_name, build) => {
		expect(emptyTexts(build())).toEqual([]);
	});

	it.each(DESCRIBED)('every on/off option that is added to %s is on', (_name, build) => {
		const options = collectionsIn(build()).flatMap(({ options }) => options as INodeProperties[]);
		const switches = options.filter(({ type }) => type === 'boolean');
		expect(switches.filter(({ default: isOn }) => isOn !== true)).toEqual([]);
	});

	it('the words that find KLIQ are those of both nodes, which n8n lists as one', () => {
		expect(actionCodex.alias).toEqual(triggerCodex.alias);
		expect(actionCodex.alias).toEqual(expect.arrayContaining(['Visit', 'Retail', 'Audit']));
	});

	it('no address of a document has an anchor, after which n8n puts its own query', () => {
		const codexes = [actionCodex, triggerCodex].map(({ resources }) => resources);
		const urls = [...textsUnder('url', codexes), new KliqApi().documentationUrl];
		expect(urls).toHaveLength(5);
		expect(urls.filter((url) => url.includes('#'))).toEqual([]);
	});

	it('actions have no articles', () => {
		const actions = textsUnder('action', new Kliq().description);
		expect(actions.length).toBeGreaterThanOrEqual(10);
		expect(actions.filter((action) => ARTICLE.test(action))).toEqual([]);
	});

	it('the samples of fields within collections and locators are found', () => {
		expect(textsUnder('placeholder', new Kliq().description)).toEqual(
			expect.arrayContaining(['e.g. aisle', 'e.g. obs_abc123', 'Add Metadata']),
		);
	});
});
