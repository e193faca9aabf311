import type { KliqEvent } from '../types';

/** One POST of an event to a subscriber. Without an answer `status` and `body` are undefined. */
export interface Attempt {
	/** When it was sent, in milliseconds of the simulator's clock. */
	at: number;
	status?: number;
	body?: string;
	/** Why there was no answer: `timeout`, `stopped` (the simulator was), or the connection's error. */
	error?: string;
}

/**
 * `delivered`: answered 2xx. `failed`: every retry was used up and the subscription is disabled.
 * `dropped`: the subscription was deleted or disabled meanwhile, or the simulator stopped.
 */
export type DeliveryEnd = 'delivered' | 'failed' | 'dropped';

/** The delivery of one event to one subscription. */
export interface Delivery {
	event: KliqEvent;
	subscriptionId: string;
	url: string;
	/** Finished attempts, oldest first. */
	attempts: Attempt[];
	firstAttempt: Promise<Attempt>;
	ended: Promise<DeliveryEnd>;
}
