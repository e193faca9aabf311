import type { Subscription } from '../types';

/**
 * True for equal URLs after normalization (`HTTPS://Host` equals `https://host/`).
 *
 * Assumption: KLIQ-SUB-URL.
 */
export function isSameUrl(one: unknown, other: unknown): boolean {
	return (
		typeof one === 'string' && typeof other === 'string' && normalize(one) === normalize(other)
	);
}

const normalize = (url: string) => (URL.canParse(url) ? new URL(url).href : url);

/**
 * True if KLIQ delivers to a subscription. KLIQ disables one after five failed retries but does not
 * document how its list shows that, so every usual form counts; no such field means active.
 *
 * Assumptions: KLIQ-SUB-ACTIVE, KLIQ-SUB-DISABLED.
 */
export function isActive({ active, enabled, disabled, status }: Subscription): boolean {
	const isDisabled = active === false || enabled === false || disabled === true;
	const hasActiveStatus =
		typeof status !== 'string' || ['active', 'enabled'].includes(status.toLowerCase());
	return !isDisabled && hasActiveStatus;
}

/**
 * True if a subscription is for exactly these events, in any order.
 *
 * Assumption: KLIQ-SUB-EVENTS.
 */
export function hasEvents({ events }: Subscription, expected: string[]): boolean {
	if (!Array.isArray(events)) return false;
	const subscribed = new Set(events);
	return (
		subscribed.size === new Set(expected).size && expected.every((event) => subscribed.has(event))
	);
}
