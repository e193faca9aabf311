import { describe, jest } from '@jest/globals';

// As in the test files that have virtual time; without it, `sleep` is n8n-workflow's own.
jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'));

/** Jest's `globals`: files in `test/`, without `.test.ts`. */
declare const areaTests: string[];

// One test file for all: jest loads n8n-core anew for every test file.
for (const name of areaTests) {
	describe(name, () => {
		jest.requireActual(`../${name}.test`);
	});
}
