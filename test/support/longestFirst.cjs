const { default: Sequencer } = require('@jest/test-sequencer');

/** Begins the one test that waits for ten real minutes at once, so that nothing waits for it. */
module.exports = class LongestFirst extends Sequencer {
	async sort(tests) {
		const isLong = ({ path }) => path.includes('realCheckInterval');
		const sorted = await super.sort(tests);
		return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
	}
};
