const transform = { '^.+\\.ts$': 'ts-jest' };

const project = (displayName, folders, more = {}) => ({
	displayName,
	testEnvironment: 'node',
	testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
	transform,
	...more,
});

const onRealN8n = {
	globalSetup: '<rootDir>/test/support/globalSetup.ts',
	globalTeardown: '<rootDir>/test/support/globalTeardown.ts',
};

module.exports = {
	testTimeout: 30_000,
	projects: [
		project('fast', ['unit', 'integration']),
		project('package', ['package']),
		project('e2e', ['e2e'], onRealN8n),
		project('ui', ['ui'], onRealN8n),
		project('queue', ['queue'], onRealN8n),
		project('load', ['load'], onRealN8n),
	],
};
