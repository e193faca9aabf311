import type { Subscription } from '../types';

/** Statuses of a subscription that KLIQ does not deliver to. Any other one is unknown, not inactive. */
const INACTIVE_STATUSES = new Set(
	`archived blocked canceled cancelled deactivated deleted disabled expired failed inactive off
	paused revoked stopped suspended terminated`.split(/\s+/),
);

/** True for a word that means: KLIQ does not deliver. */
export const isInactiveStatus = (status: unknown): boolean =>
	typeof status === 'string' && INACTIVE_STATUSES.has(status.trim().toLowerCase());

/**
 * False if a subscription says that KLIQ does not deliver to it. KLIQ disables one after five failed
 * retries but does not document how its list shows that, so every usual form counts. No such field, or
 * an unknown word, is no evidence.
 *
 * Assumptions: KLIQ-SUB-ACTIVE, KLIQ-SUB-DISABLED.
 */
export function isActive({ active, enabled, disabled, status }: Subscription): boolean {
	const isDisabled = active === false || enabled === false || disabled === true;
	return !isDisabled && !isInactiveStatus(status);
}

/**
 * False if a subscription is for other events than these, in whatever order. Events that are not
 * listed by their names are unknown, and count as these.
 *
 * Assumption: KLIQ-SUB-EVENTS.
 */
export function hasEvents({ events }: Subscription, expected: string[]): boolean {
	if (!Array.isArray(events) || !events.every((event) => typeof event === 'string')) return true;
	const subscribed = new Set(events);
	return (
		subscribed.size === new Set(expected).size && expected.every((event) => subscribed.has(event))
	);
}
