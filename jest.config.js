const transform = { '^.+\\.ts$': 'ts-jest' };

const project = (displayName, folder, more = {}) => ({
	displayName,
	testEnvironment: 'node',
	testMatch: [folder].flat().map((name) => `<rootDir>/test/${name}/**/*.test.ts`),
	transform,
	...more,
});

/** Each file of the suite once for each major version of n8n, so that they run side by side. */
const onRealN8n = (suite, majors = [2, 1]) =>
	majors.map((n8nMajor) =>
		project(`${suite}-n8n${n8nMajor}`, suite, {
			globals: { n8nMajor },
			globalSetup: '<rootDir>/test/support/globalSetup.ts',
			globalTeardown: '<rootDir>/test/support/globalTeardown.ts',
			setupFilesAfterEnv: ['<rootDir>/test/support/testTimeout.ts'],
		}),
	);

/** For tests that run nodes in n8n-core's contexts. */
const inN8nCore = { setupFilesAfterEnv: ['<rootDir>/test/support/n8nCore/teardown.ts'] };

module.exports = {
	testTimeout: 30_000,
	// Nothing keeps a worker's event loop alive, but with n8n-core loaded it has some 700 MB to give
	// back, which takes longer than jest's 500 ms where the processors are busy.
	workerGracefulExitTimeout: 20_000,
	testSequencer: '<rootDir>/test/support/longestFirst.cjs',
	projects: [
		project('fast', ['unit', 'integration', 'mutation'], inN8nCore),
		project('kliqCheck', 'kliqCheck'),
		project('package', 'package', inN8nCore),
		...onRealN8n('e2e'),
		...onRealN8n('ui'),
		...onRealN8n('queue'),
		...onRealN8n('load', [2]),
	],
};
