import { describe, expect, it } from '@jest/globals';

import {
	onlyFiles,
	scoreByFolder,
	survivors,
	type MutantStatus,
	type MutationReport,
} from './report';

const mutant = (status: MutantStatus, line: number, replacement?: string) => ({
	status,
	mutatorName: 'ConditionalExpression',
	replacement,
	location: { start: { line, column: 3 } },
});

const REPORTS: MutationReport[] = [
	{
		files: {
			'nodes/b/one.ts': {
				mutants: [mutant('Killed', 1), mutant('Survived', 2, 'if (true)\n\t{}')],
			},
			'nodes/b/two.ts': { mutants: [mutant('Timeout', 1), mutant('NoCoverage', 7)] },
		},
	},
	{
		files: {
			'nodes/a/one.ts': { mutants: [mutant('Killed', 1), mutant('Ignored', 2)] },
			'nodes/c/texts.ts': { mutants: [mutant('Ignored', 1), mutant('RuntimeError', 2)] },
		},
	},
];

describe('the report of mutation testing', () => {
	it('counts by folder what tests have noticed; timeouts too, but not what was ignored', () => {
		expect(scoreByFolder(REPORTS).split('\n')).toEqual([
			'| Folder | Killed | Survived | Score | Ignored |',
			'| --- | --- | --- | --- | --- |',
			'| nodes/a | 1 | 0 | 100.0 % | 1 |',
			'| nodes/b | 2 | 2 | 50.0 % | 0 |',
			'| nodes/c | 0 | 0 | – | 1 |',
			'| all | 3 | 2 | 60.0 % | 2 |',
		]);
	});

	it('leaves out files that an area no longer has', () => {
		const { files } = onlyFiles(REPORTS[0], ['nodes/b/two.ts', 'nodes/b/three.ts']);
		expect(Object.keys(files)).toEqual(['nodes/b/two.ts']);
	});

	it('names the mutants that no test has noticed', () => {
		expect(REPORTS.flatMap(survivors)).toEqual([
			'nodes/b/one.ts:2:3 Survived ConditionalExpression: if (true) {}',
			'nodes/b/two.ts:7:3 NoCoverage ConditionalExpression: ',
		]);
	});
});
