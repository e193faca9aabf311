const { TestEnvironment } = require('jest-environment-node');

/** Bails out of a test file at its first failed test: jest's own `bail` takes effect between files only. */
module.exports = class BailEnvironment extends TestEnvironment {
	handleTestEvent(event) {
		if (event.name === 'test_done' && event.test.errors.length > 0) this.hasFailed = true;
		if (event.name === 'test_start' && this.hasFailed) event.test.mode = 'skip';
	}
};
