import { sleep } from 'n8n-workflow';

import type { KliqClient } from '../transport/client';
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

	/** Generation number: grows with each unpublishing. Work of an earlier one must not go on. */
	generation = 0;

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

	/** Whether one was made because no list showed any, which happens once unless a list shows one. */
	wasMadeOnAbsence = false;

	/** When a health check last made a subscription, on the monotonic clock. */
	replacedAt = -Infinity;

	/** When a health check last found everything in order, in milliseconds since 1970. */
	healthyAt?: number;

	/** What the owner has been told, and what has been logged, since everything was last in order. */
	readonly reported = new Set<string>();

	/** Whether a health check is under way, which may only wait for a list. */
	isChecking = false;

	/** The end of the work under way. */
	private work?: Promise<void>;

	/** n8n's reactivation of the workflow, which is due because we have reported an error (`reportOnce`). */
	private reactivation?: Promise<void>;

	private resolveReactivation?: () => void;

	/** Notes a subscription that this process has made. */
	made(subscription: KnownSubscription): void {
		this.current = subscription;
		this.ownIds.add(subscription.id);
		this.changedAt = monotonicNow();
	}

	/**
	 * Deletes subscriptions of the trigger and notes them as deleted. A failed deletion does not stop the
	 * others.
	 *
	 * @returns the IDs of those that no longer existed
	 * @throws the first error, after all have been tried
	 */
	async delete(kliq: KliqClient, ids: Iterable<string>): Promise<string[]> {
		const missing: string[] = [];
		const errors: unknown[] = [];
		for (const id of ids) {
			try {
				const deletion = await kliq.deleteById('webhook', id, { ignoreNotFound: true });
				if (deletion === 'notFound') missing.push(id);
				this.ownIds.delete(id);
				this.deletedIds.add(id);
				this.changedAt = monotonicNow();
			} catch (error) {
				errors.push(error);
			}
		}
		if (errors.length > 0) throw errors[0];
		return missing;
	}

	/** Whether n8n is about to reactivate the workflow. */
	get isReactivating(): boolean {
		return this.reactivation !== undefined;
	}

	/** Notes that n8n is about to reactivate the workflow. */
	expectReactivation(): void {
		this.reactivation ??= new Promise((resolve) => (this.resolveReactivation = resolve));
	}

	/** Notes that n8n reactivates the workflow now, or no longer will. */
	endReactivation(): void {
		this.resolveReactivation?.();
		this.reactivation = undefined;
	}

	/** Waits for a reactivation that is due, for so many milliseconds at most. */
	async untilReactivated(maxWaitMs: number): Promise<void> {
		if (this.reactivation === undefined) return;
		await Promise.race([this.reactivation, sleep(maxWaitMs)]);
		this.endReactivation();
	}

	/** Mutual exclusion: runs work unless other work on the subscription is under way. */
	async runIfIdle(work: () => Promise<void>): Promise<void> {
		if (this.work === undefined) await this.run(work);
	}

	/**
	 * Mutual exclusion: runs work after the work under way.
	 *
	 * @param maxWaitMs milliseconds after which it runs all the same
	 */
	async runNext<T>(work: () => Promise<T>, maxWaitMs: number): Promise<T> {
		if (this.work !== undefined) await Promise.race([this.work, sleep(maxWaitMs)]);
		return await this.run(work);
	}

	private async run<T>(work: () => Promise<T>): Promise<T> {
		const running = work();
		const settled = running.then(
			() => {},
			() => {},
		);
		this.work = settled;
		try {
			return await running;
		} finally {
			if (this.work === settled) this.work = undefined;
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
