const transform = { '^.+\\.ts$': 'ts-jest' };

const project = (displayName, folders, more = {}) => ({
	displayName,
	testEnvironment: 'node',
	testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
	transform,
	...more,
});

module.exports = {
	testTimeout: 30_000,
	projects: [
		project('fast', ['unit', 'core']),
		project('package', ['package']),
		project('e2e', ['e2e'], {
			globalSetup: '<rootDir>/test/e2e/support/globalSetup.ts',
			globalTeardown: '<rootDir>/test/e2e/support/globalTeardown.ts',
		}),
	],
};
