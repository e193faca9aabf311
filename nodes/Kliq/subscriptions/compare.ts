import type { Subscription } from '../types';

/** Whether two addresses are the same once written alike (`HTTPS://Host` is `https://host/`). */
export function isSameUrl(one: unknown, other: unknown): boolean {
	return typeof one === 'string' && typeof other === 'string' && tidy(one) === tidy(other);
}

const tidy = (url: string) => (URL.canParse(url) ? new URL(url).href : url);

/**
 * Whether KLIQ still delivers to a subscription. It disables one after five failed retries but
 * does not document how the list tells, so each usual way counts; silence means live.
 */
export function isActive({ active, enabled, disabled, status }: Subscription): boolean {
	const isOff = active === false || enabled === false || disabled === true;
	const hasLiveStatus =
		typeof status !== 'string' || ['active', 'enabled'].includes(status.toLowerCase());
	return !isOff && hasLiveStatus;
}

/** Whether a subscription asks for just these events, in whatever order. */
export function hasEvents({ events }: Subscription, wanted: string[]): boolean {
	if (!Array.isArray(events)) return false;
	const asked = new Set(events);
	return asked.size === new Set(wanted).size && wanted.every((event) => asked.has(event));
}
