import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

import { ASSUMPTIONS } from './assumptions';
import { Findings } from './findings';

const PROJECT = resolve(__dirname, '../..');
const ID = /KLIQ(?:-[A-Z0-9]+){2,}/g;

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

const filesIn = (decidedIn: string[]) => decidedIn.map((each) => each.split(' ')[0]);

/** Comments of a source file. */
const commentsIn = (path: string) =>
	(read(path).match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm) ?? []).join('\n');

const citationsIn = (path: string): string[] => commentsIn(path).match(ID) ?? [];

const sources = ['nodes', 'credentials'].flatMap((folder) =>
	readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
		.filter((path) => path.endsWith('.ts'))
		.map((path) => join(folder, path)),
);

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

describe('the code', () => {
	it.each(ASSUMPTIONS.map(({ id, decidedIn }) => [id, filesIn(decidedIn)] as const))(
		'cites %s in a comment of %j',
		(id, files) => {
			const citing = files.filter(
				(file) => existsSync(join(PROJECT, file)) && citationsIn(file).includes(id),
			);
			expect(citing).toEqual(files);
		},
	);

	it('cites no assumption that there is none of', () => {
		const known = ASSUMPTIONS.map(({ id }) => id);
		const unknown = sources.flatMap((path) =>
			citationsIn(path).filter((id) => !known.includes(id)),
		);
		expect(unknown).toEqual([]);
	});
});
