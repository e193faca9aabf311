export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

const UNITS: Record<string, number> = { ms: 1, s: SECOND, min: MINUTE, h: HOUR };

/** `90s` and the like as milliseconds. */
export function parseDuration(text: string): number {
	const [, count, unit] = /^(\d+)(ms|s|min|h)$/.exec(text) ?? [];
	if (unit === undefined) throw new Error(`Not a duration: ${text}`);
	return Number(count) * UNITS[unit];
}

/** Milliseconds in the largest unit that fits. */
export function formatDuration(milliseconds: number): string {
	const fits = ([, size]: [string, number]) => milliseconds >= size && milliseconds % size === 0;
	const [unit, size] = Object.entries(UNITS).reverse().find(fits) ?? ['ms', 1];
	return `${milliseconds / size}${unit}`;
}
