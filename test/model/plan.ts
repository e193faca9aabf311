/** What a sequence of commands has asked for, whether or not it has happened yet. */
export interface Plan {
	isUp: boolean;
	/** Indexes of the workflows that the original has been asked to publish. */
	readonly published: Set<number>;
	hasCopy: boolean;
	isCopyUp: boolean;
	hasTwin: boolean;
}

export const newPlan = (): Plan => ({
	isUp: true,
	published: new Set(),
	hasCopy: false,
	isCopyUp: false,
	hasTwin: false,
});
