import { describe, expect, it } from '@jest/globals';

import { asSentence, toSingleLine } from '../../nodes/Kliq/utils/text';

describe('toSingleLine', () => {
	it.each([
		[' a\r\nb\u2028c\u0000d ', 'a b c d'],
		['\u202eabc', 'abc'],
		['a  b', 'a  b'],
		['', ''],
	])('turns %j into %j', (text, line) => {
		expect(toSingleLine(text)).toBe(line);
	});

	it('cuts a text of more than 500 characters', () => {
		expect(toSingleLine('a'.repeat(500))).toBe('a'.repeat(500));
		expect(toSingleLine('a'.repeat(501))).toBe(`${'a'.repeat(500)}…`);
	});
});

describe('asSentence', () => {
	it.each(['It is 1.5 m', 'It is 1.5 m.'])('ends “%s” with one full stop', (text) => {
		expect(asSentence(text)).toBe('It is 1.5 m.');
	});
});
