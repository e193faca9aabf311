import { setMaxListeners } from 'node:events';

import type { SimulatorClock } from '../clock';
import { newId } from '../ids';
import type { KliqSettings } from '../settings';
import type { StoredSubscription, SubscriptionStore } from '../stores/subscriptions';
import type { KliqEvent } from '../types';
import { deliveryHeaders, type ExtraHeaders, type HeaderPair, withHeaders } from './headers';
import { post, type PostResult } from './post';
import { signatureOf } from './signature';
import type { Attempt, Delivery, DeliveryEnd } from './types';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long KLIQ waits after each failed attempt, in milliseconds. */
const RETRY_DELAYS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 24 * HOUR];

export interface DeliveryServiceParts {
	subscriptions: SubscriptionStore;
	settings: KliqSettings;
	clock: SimulatorClock;
	/** Called after each attempt, with the delivery it belongs to. */
	onAttempt?: (attempt: Attempt, delivery: Delivery) => void;
}

/** A delivery made by hand. */
export interface RawDelivery {
	url: string;
	secret: string;
	/** Sent as it is, whatever it holds. */
	body: Buffer | string;
	/** Replace regular headers of the same name (in any case). */
	headers?: ExtraHeaders;
	/** Replaces the right signature; an array is sent as several headers, so `[]` as none. */
	signature?: string | string[];
}

/** Delivers events, retries on KLIQ's schedule, and disables subscriptions whose retries all failed. */
export class DeliveryService {
	/** Cancels the wait of each delivery between two attempts. */
	private readonly waiting = new Map<() => void, StoredSubscription>();
	private readonly stopped = new AbortController();

	constructor(private readonly parts: DeliveryServiceParts) {
		// Every pending delivery adds a listener, and Node warns at more than ten.
		setMaxListeners(0, this.stopped.signal);
		parts.subscriptions.onEnd((id) => this.cancelRetries((subscription) => subscription.id === id));
	}

	/** Starts the delivery of an event to one subscription; the first attempt is sent at once. */
	deliver(event: KliqEvent, subscription: StoredSubscription): Delivery {
		// The same bytes for every attempt, as KLIQ's `timestamp` is of the event, not of the attempt.
		const body = this.bodyOf(event);
		const attempts: Attempt[] = [];
		const attempt = async () => {
			const isChanged = attempts.length > 0 && this.deviations.repeatedId === 'new';
			const sent = isChanged ? this.bodyOf({ ...event, id: newId('evt') }) : body;
			const made = await this.attempt(sent, subscription);
			attempts.push(made);
			this.parts.onAttempt?.(made, delivery);
			return made;
		};
		const firstAttempt = attempt();
		const delivery: Delivery = {
			event,
			subscriptionId: subscription.id,
			url: subscription.url,
			attempts,
			firstAttempt,
			ended: this.deliverWithRetries(subscription, firstAttempt, attempt),
		};
		return delivery;
	}

	/** Sends one forged or odd delivery, once. */
	async deliverRaw({ url, secret, body, headers, signature }: RawDelivery): Promise<PostResult> {
		const bytes = typeof body === 'string' ? Buffer.from(body) : body;
		const signatures = [signature ?? signatureOf(bytes, secret, this.deviations)].flat();
		return await this.post(url, bytes, withHeaders(this.headers(bytes, signatures), headers));
	}

	/** Aborts pending attempts and cancels retries: all deliveries end as dropped. */
	stop(): void {
		this.stopped.abort();
		this.cancelRetries(() => true);
	}

	private get deviations() {
		return this.parts.settings.deviations;
	}

	private bodyOf(event: KliqEvent): Buffer {
		const { eventShape } = this.deviations;
		return Buffer.from(JSON.stringify(eventShape === 'batch' ? [event] : event));
	}

	private headers(body: Buffer, signatures: string[]): HeaderPair[] {
		return deliveryHeaders(body, signatures, this.deviations.eventContentType);
	}

	private async attempt(body: Buffer, { url, secret }: StoredSubscription): Promise<Attempt> {
		const at = this.parts.clock.now();
		const headers = this.headers(body, [signatureOf(body, secret, this.deviations)]);
		return { at, ...(await this.post(url, body, headers)) };
	}

	private async post(url: string, body: Buffer, headers: HeaderPair[]): Promise<PostResult> {
		const { clock, settings } = this.parts;
		const { signal } = this.stopped;
		const [address] = url.split('?');
		const target = this.deviations.deliveredQuery === 'dropped' ? address : url;
		const result = post(
			{ url: target, body, headers, timeoutMs: settings.deliveryTimeoutMs, signal },
			clock,
		);
		clock.waitFor?.(result);
		return await result;
	}

	private async deliverWithRetries(
		subscription: StoredSubscription,
		firstAttempt: Promise<Attempt>,
		attempt: () => Promise<Attempt>,
	): Promise<DeliveryEnd> {
		let last = await firstAttempt;
		for (const delay of RETRY_DELAYS) {
			if (succeeded(last)) return 'delivered';
			if (this.isCancelled(subscription)) return 'dropped';
			await this.wait(delay, subscription);
			if (this.isCancelled(subscription)) return 'dropped';
			last = await attempt();
		}
		if (succeeded(last)) return 'delivered';
		if (this.isCancelled(subscription)) return 'dropped';
		this.parts.subscriptions.disable(subscription.id);
		return 'failed';
	}

	private isCancelled({ id }: StoredSubscription): boolean {
		return this.stopped.signal.aborted || !this.parts.subscriptions.find(id)?.live;
	}

	private async wait(ms: number, subscription: StoredSubscription): Promise<void> {
		const { clock } = this.parts;
		await new Promise<void>((resolve) => {
			const end = () => {
				clock.clearTimeout(timer);
				this.waiting.delete(end);
				resolve();
			};
			const timer = clock.setTimeout(end, ms);
			this.waiting.set(end, subscription);
		});
	}

	private cancelRetries(which: (subscription: StoredSubscription) => boolean): void {
		for (const [end, subscription] of this.waiting) if (which(subscription)) end();
	}
}

function succeeded({ status = 0 }: Attempt): boolean {
	return status >= 200 && status < 300;
}
