import { AREAS, filesOf } from './areas';

/** Where an area's results are, from the project's folder. */
export const resultsOf = (area: string) => `test-results/mutation/${area}`;

/** Stryker's options for one area. */
export function strykerOptions(area: string): object {
	const results = resultsOf(area);
	const { tests, isolated = [] } = AREAS[area];
	return {
		mutate: filesOf(area),
		testRunner: 'jest',
		jest: {
			config: {
				testEnvironment: './test/mutation/bailEnvironment.cjs',
				transform: { '^.+\\.ts$': 'ts-jest' },
				testMatch: [
					'<rootDir>/test/mutation/areaTests.ts',
					...isolated.map((test) => `<rootDir>/test/${test}.test.ts`),
				],
				globals: { areaTests: tests },
				setupFilesAfterEnv: ['<rootDir>/test/support/n8nCore/teardown.ts'],
				testTimeout: 5_000,
				// Stryker merges jest.config.js in, and would run the tests once for each project of it.
				projects: [],
			},
			// Almost every test file is related to almost every source file.
			enableFindRelatedTests: false,
		},
		coverageAnalysis: 'perTest',
		// Descriptions of fields and tables of texts: a mutant in them needs all tests and a fresh process.
		ignoreStatic: true,
		incremental: true,
		incrementalFile: `${results}/incremental.json`,
		reporters: ['progress-append-only', 'html', 'json'],
		htmlReporter: { fileName: `${results}/index.html` },
		jsonReporter: { fileName: `${results}/mutation.json` },
		tempDirName: `${results}/sandbox`,
		cleanTempDir: 'always',
		ignorePatterns: ['dist', 'test-results'],
	};
}
