import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

import { ASSUMPTIONS } from './assumptions';
import { Findings } from './findings';

const PROJECT = resolve(__dirname, '../..');

const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

/** The rows of the page's tables, without what is only there for looks. */
const rows = read('docs/kliq-assumptions.md')
	.split('\n')
	.filter((line) => line.startsWith('| KLIQ-'))
	.map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
	.map(([, id, assumption, decidedIn, otherwise, seenBy]) => ({
		id,
		assumption,
		decidedIn: decidedIn.split(', '),
		otherwise,
		seenBy,
	}));

describe('docs/kliq-assumptions.md', () => {
	it('holds what the check reports on, and nothing else', () => {
		const reported = new Findings().all().map(({ id, assumption, decidedIn }) => ({
			id,
			assumption,
			decidedIn,
		}));
		const documented = rows.map(({ id, assumption, decidedIn }) => ({ id, assumption, decidedIn }));

		expect(documented).toEqual(expect.arrayContaining(reported));
		expect(documented).toHaveLength(reported.length);
	});

	it('says of each what it means to an operator, and how it is seen', () => {
		const incomplete = rows.filter(({ otherwise, seenBy }) => !otherwise || !seenBy);
		expect(incomplete).toEqual([]);
	});

	it('names no ID twice', () => {
		expect(new Set(ASSUMPTIONS.map(({ id }) => id)).size).toBe(ASSUMPTIONS.length);
	});
});
