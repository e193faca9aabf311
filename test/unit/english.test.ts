import { describe, expect, it } from '@jest/globals';

import { KliqApi } from '../../credentials/KliqApi.credentials';
import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';

// n8n verifies packages only in English.

const NOT_LATIN = /(?!\p{Script=Latin})\p{L}/u;

/** Every text below a value, with the path to it. */
const textsOf = (value: unknown, path = ''): Array<[string, string]> => {
	if (typeof value === 'string') return [[path, value]];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${path}/${key}`));
};

it('finds a letter that is not Latin', () => {
	expect('ключ').toMatch(NOT_LATIN);
	expect('鍵').toMatch(NOT_LATIN);
	expect('“Café” → 5 s…').not.toMatch(NOT_LATIN);
});

describe('what a person reads is written in Latin letters:', () => {
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
