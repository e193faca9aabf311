/** So many IDs of events, counted from 0. */
export const numbered = (count: number, prefix: string): string[] =>
	Array.from({ length: count }, (_, index) => `evt_${prefix}${index}`);
