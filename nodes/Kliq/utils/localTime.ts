const MINUTE_MS = 60_000;

/** A moment, in milliseconds since 1970, as a person writes it. */
export const formatLocalTime = (moment: number, timeZone: string): string =>
	formatIn(timeZone).format(moment);

/** A moment, in milliseconds since 1970, with the time zone's IANA name. */
export function formatTime(moment: number, timeZone: string): string {
	const format = formatIn(timeZone);
	return `${format.format(moment)} (${zoneOf(format)})`;
}

/** The time between two moments, in milliseconds since 1970: whole minutes that hold both. */
export function formatTimeRange(from: number, to: number, timeZone: string): string {
	const format = formatIn(timeZone);
	const end = Math.ceil(to / MINUTE_MS) * MINUTE_MS;
	return `${format.formatRange(from, end)} (${zoneOf(format)})`;
}

/** n8n lets a workflow have a time zone that does not exist; then it is UTC. */
function formatIn(timeZone: string): Intl.DateTimeFormat {
	const style = { dateStyle: 'medium', timeStyle: 'short' } as const;
	try {
		return new Intl.DateTimeFormat('en-GB', { ...style, timeZone });
	} catch {
		return new Intl.DateTimeFormat('en-GB', { ...style, timeZone: 'UTC' });
	}
}

const zoneOf = (format: Intl.DateTimeFormat) => format.resolvedOptions().timeZone;
