const withoutQuery = (url: string) => url.split('?')[0];

/** True for URLs that differ in their queries at most: KLIQ Trigger adds the key ID to its webhook URL. */
export const isSameWithoutQuery = (one: string, other: string): boolean =>
	withoutQuery(one) === withoutQuery(other);
