const transform = { '^.+\\.ts$': 'ts-jest' };

const project = (displayName, folder, more = {}) => ({
	displayName,
	testEnvironment: 'node',
	testMatch: [folder].flat().map((name) => `<rootDir>/test/${name}/**/*.test.ts`),
	transform,
	...more,
});

/** A folder's files on one major version of n8n. */
const onRealN8n = (suite, n8nMajor, folder = suite, files = '*') =>
	project(`${suite}-n8n${n8nMajor}`, folder, {
		testMatch: [`<rootDir>/test/${folder}/${files}.test.ts`],
		globals: { n8nMajor },
		globalSetup: '<rootDir>/test/support/globalSetup.ts',
		globalTeardown: '<rootDir>/test/support/globalTeardown.ts',
		setupFilesAfterEnv: ['<rootDir>/test/support/testTimeout.ts'],
	});

/** A suite in two halves on one major version of n8n: what the gate runs, and what it leaves out. */
const inHalves = (suite, n8nMajor, inGate, rest) => [
	onRealN8n(suite, n8nMajor, suite, inGate),
	onRealN8n(`${suite}-more`, n8nMajor, suite, rest),
];

/** What takes minutes each, and is in the model check or in real time only. */
const LONG =
	'credentialsAndCrashes|limitsOfN8n|movesAndCopies|realCheckInterval|restartBehindProxy';

/** Where n8n 1.x differs: it calls the trigger otherwise. */
const LIFE_OF_SUBSCRIPTION = 'lifecycleRestarts|selfHealing';

/** For tests that run nodes in n8n-core's contexts. */
const inN8nCore = { setupFilesAfterEnv: ['<rootDir>/test/support/n8nCore/teardown.ts'] };

module.exports = {
	// Guards against hanging only: on a busy machine a test takes many times as long.
	testTimeout: 120_000,
	// Nothing keeps a worker's event loop alive, but with n8n-core loaded it has some 700 MB to give
	// back, which takes longer than jest's 500 ms where the processors are busy.
	workerGracefulExitTimeout: 20_000,
	testSequencer: '<rootDir>/test/support/longestFirst.cjs',
	projects: [
		project('fast', ['unit', 'integration', 'model', 'mutation'], inN8nCore),
		project('kliqCheck', 'kliqCheck'),
		project('package', 'package', inN8nCore),
		// Which of them the gate runs, and which the full proof alone: .ci/run.
		...inHalves('e2e', 2, `!(${LONG})`, `@(${LONG})`),
		...inHalves('e2e', 1, `@(${LIFE_OF_SUBSCRIPTION})`, `!(${LIFE_OF_SUBSCRIPTION})`),
		onRealN8n('ui', 2),
		onRealN8n('ui-more', 1, 'ui'),
		...inHalves('queue', 2, '!(crashes)', 'crashes'),
		onRealN8n('queue-more', 1, 'queue'),
		onRealN8n('load', 2),
	],
};
