import { describe, expect, it } from '@jest/globals';

import { KliqApi } from '../../credentials/KliqApi.credentials';
import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';

// n8n verifies only packages in English.

const NOT_LATIN = /(?!\p{Script=Latin})\p{L}/u;

/** Every string in a value, with its path. */
const textsOf = (value: unknown, path = ''): Array<[string, string]> => {
	if (typeof value === 'string') return [[path, value]];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${path}/${key}`));
};

it('detects letters that are not Latin', () => {
	expect('ключ').toMatch(NOT_LATIN);
	expect('鍵').toMatch(NOT_LATIN);
	expect('“Café” → 5 s…').not.toMatch(NOT_LATIN);
});

describe('texts in the editor have Latin letters only:', () => {
	it.each([
		['KLIQ', new Kliq().description],
		['KLIQ Trigger', new KliqTrigger().description],
		['KLIQ API', new KliqApi()],
	])('%s', (_name, described) => {
		const texts = textsOf(described);
		expect(texts.length).toBeGreaterThan(20);
		expect(texts.filter(([, text]) => NOT_LATIN.test(text))).toEqual([]);
	});
});
