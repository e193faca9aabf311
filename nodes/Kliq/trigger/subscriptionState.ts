import { sleep } from 'n8n-workflow';

import { monotonicNow } from '../utils/monotonicClock';

/** A subscription of ours, as this process or an earlier one made it. */
export interface KnownSubscription {
	id: string;
	/** The URL that it was made with. */
	url?: string;
	/** Of the secret that it was made with; undefined if that is unknown. */
	fingerprint?: string;
}

/** What this process knows of the subscription behind one webhook URL, beyond n8n's static data. */
export class SubscriptionState {
	/** ID of the workflow that n8n has published with this URL, as far as the lifecycle methods say. */
	publishedBy?: string;

	/** Grows with each unpublishing: work that began before must not go on. */
	epoch = 0;

	/** The subscription that should deliver. */
	current?: KnownSubscription;

	/** IDs of all subscriptions that this process has made for the URL or has found remembered. */
	readonly ownIds = new Set<string>();

	/** IDs that this process has deleted; a list that lags may still show them. */
	readonly deletedIds = new Set<string>();

	/** When this process changed anything at KLIQ, on the monotonic clock: older lists do not show it. */
	changedAt = -Infinity;

	/** Whether a list has ever shown a subscription of ours: if not, absence from it says nothing. */
	hasBeenListed = false;

	/** Whether one was made because no list showed any, which happens once until a list shows one. */
	wasMadeOnAbsence = false;

	/** When a health check last made a subscription, on the monotonic clock. */
	replacedAt = -Infinity;

	/** When a health check last found everything in order, in milliseconds since 1970. */
	healthyAt?: number;

	/** What the owner has been told, and what has been logged, since everything was last in order. */
	readonly reported = new Set<string>();

	/** Set while n8n reactivates the workflow because we have reported an error (`reportToOwner`). */
	isReactivating = false;

	/** Whether a health check is under way, be it that it only waits for a list. */
	isChecking = false;

	private lastWork: Promise<unknown> = Promise.resolve();

	private isBusy = false;

	/** Notes a subscription that this process has made. */
	made(subscription: KnownSubscription): void {
		this.current = subscription;
		this.ownIds.add(subscription.id);
		this.changedAt = monotonicNow();
	}

	/** Notes subscriptions that this process has deleted. */
	deleted(ids: Iterable<string>): void {
		for (const id of ids) {
			this.ownIds.delete(id);
			this.deletedIds.add(id);
		}
		this.changedAt = monotonicNow();
	}

	/** Runs work unless other work on the subscription is under way. */
	async runIfIdle(work: () => Promise<void>): Promise<void> {
		if (!this.isBusy) await this.run(work);
	}

	/**
	 * Runs work after the work under way.
	 *
	 * @param maxWaitMs milliseconds after which it runs all the same
	 */
	async runNext<T>(work: () => Promise<T>, maxWaitMs: number): Promise<T> {
		if (this.isBusy) await Promise.race([this.lastWork, sleep(maxWaitMs)]);
		return await this.run(work);
	}

	private async run<T>(work: () => Promise<T>): Promise<T> {
		this.isBusy = true;
		const running = work();
		const settled = running.then(
			() => {},
			() => {},
		);
		this.lastWork = settled;
		try {
			return await running;
		} finally {
			if (this.lastWork === settled) this.isBusy = false;
		}
	}
}

const states = new Map<string, SubscriptionState>();

/** The state of the subscription behind a webhook URL, which belongs to one node. */
export function stateOf(url: string): SubscriptionState {
	const state = states.get(url) ?? new SubscriptionState();
	states.set(url, state);
	return state;
}

/** Forgets what is known of a webhook URL that nothing delivers to any more. */
export function forgetState(url: string): void {
	states.delete(url);
}
