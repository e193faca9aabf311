/** The words of KLIQ's public API, as the simulator uses them. */

export const KLIQ_SCOPES = [
	'observations:read',
	'observations:write',
	'cv:read',
	'cv:write',
	'locations:read',
	'locations:write',
	'webhooks:manage',
] as const;

export type KliqScope = (typeof KLIQ_SCOPES)[number];

export const KLIQ_EVENT_TYPES = [
	'observation.created',
	'observation.updated',
	'cv.job.completed',
	'cv.job.failed',
	'visit.submitted',
] as const;

export type KliqEventType = (typeof KLIQ_EVENT_TYPES)[number];

/** Delivers an event to a tenant's active subscriptions to its type. */
export type Emit = (type: KliqEventType, data: unknown, tenantId: string) => void;

/** The body of a delivery. */
export interface KliqEvent {
	id: string;
	type: string;
	tenantId: string;
	/** ISO 8601 */
	timestamp: string;
	data: unknown;
}
