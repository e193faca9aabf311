/** How much there is of each scenario's work, and how often it is done. */
export interface Sizes {
	rounds: {
		events: number;
		verify: number;
		deletes: number;
		list: number;
		publish: number;
		startUp: number;
		/** Of n8n's start with published triggers. */
		triggers: number;
		/** Of events whose IDs are remembered. */
		repeats: number;
	};
	warmUps: number;
	/** Events sent to each candidate in a round. */
	smallEvents: number;
	largeEvents: number;
	deletes: number;
	listed: number;
	/** KLIQ Triggers that are published while n8n starts. */
	triggers: number;
	/** How many events are remembered beforehand: a usual number, and the most. */
	remembered: [number, number];
	/** How long Ignore Repeats works on after an event, in milliseconds, at most. */
	repairMs: number;
}

/** The figures in docs/benchmarks.md come from these. */
export const FULL: Sizes = {
	rounds: {
		events: 7,
		verify: 31,
		deletes: 5,
		list: 5,
		publish: 3,
		startUp: 5,
		triggers: 3,
		repeats: 5,
	},
	warmUps: 1,
	smallEvents: 30,
	largeEvents: 8,
	deletes: 200,
	listed: 10_000,
	triggers: 20,
	remembered: [1_000, 10_000],
	repairMs: 13_000,
};

/** Shows only that the bench still runs. */
export const SHORT: Sizes = {
	rounds: {
		events: 1,
		verify: 1,
		deletes: 1,
		list: 1,
		publish: 1,
		startUp: 1,
		triggers: 1,
		repeats: 1,
	},
	warmUps: 0,
	smallEvents: 4,
	largeEvents: 2,
	deletes: 60,
	listed: 300,
	triggers: 3,
	remembered: [100, 200],
	repairMs: 0,
};
