const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * The files that take longest, longest first. Jest goes by a file's size where it has no times of an
 * earlier run, and would begin last what only lists its scenarios; then one processor waits for it.
 */
const LONGEST = [
	'realCheckInterval',
	'sharedConcurrentN8n',
	'selfHealing',
	'kliqInTrouble',
	'credentialsAndCrashes',
	'restartBehindProxy',
	'movesAndCopies',
	'delivery',
	'sharedN8n',
	'lifecycleRestarts',
	'lifecycleTwoInstances',
];

const rank = ({ path }) => {
	const index = LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
	return index === -1 ? LONGEST.length : index;
};

/** Begins long files early, so that no processor is idle at the end. */
module.exports = class LongestFirst extends Sequencer {
	async sort(tests) {
		const sorted = await super.sort(tests);
		return sorted.sort((a, b) => rank(a) - rank(b));
	}
};
