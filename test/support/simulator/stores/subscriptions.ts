import { newId } from '../ids';
import type { Liveness } from '../settings';

export interface StoredSubscription {
	/** Position in lists; grows with every subscription created. */
	sequence: number;
	id: string;
	tenantId: string;
	url: string;
	events: string[];
	secret: string;
	/** Whether it is active; false once it is disabled. */
	live: boolean;
	/** The field by which it says so, where that differs from the settings. */
	liveness?: Liveness;
}

export type NewSubscription = Omit<StoredSubscription, 'sequence' | 'id'>;

type ChangeListener = (subscription: StoredSubscription, wasAdded: boolean) => void;

/** The webhook subscriptions of all tenants, in the order of creation. */
export class SubscriptionStore {
	private readonly byId = new Map<string, StoredSubscription>();
	private lastSequence = 0;
	private readonly endListeners: Array<(id: string) => void> = [];
	private readonly changeListeners: Array<ChangeListener> = [];

	/** Calls back with the ID of each subscription that is deleted or disabled. */
	onEnd(listener: (id: string) => void): void {
		this.endListeners.push(listener);
	}

	/** Calls back with each subscription that is added or removed. */
	onChange(listener: ChangeListener): void {
		this.changeListeners.push(listener);
	}

	add(subscription: NewSubscription): StoredSubscription {
		const stored = { ...subscription, id: newId('wh'), sequence: ++this.lastSequence };
		this.byId.set(stored.id, stored);
		for (const listener of this.changeListeners) listener(stored, true);
		return stored;
	}

	find(id: string): StoredSubscription | undefined {
		return this.byId.get(id);
	}

	/** Throws if there is no such subscription. */
	require(id: string): StoredSubscription {
		const subscription = this.byId.get(id);
		if (!subscription) throw new Error(`No subscription ${id}`);
		return subscription;
	}

	ofTenant(tenantId: string): StoredSubscription[] {
		return [...this.byId.values()].filter((subscription) => subscription.tenantId === tenantId);
	}

	/** Throws if there is no such subscription. */
	disable(id: string, liveness?: Liveness): void {
		this.change(id, { live: false, ...(liveness && { liveness }) });
		this.notifyEnd(id);
	}

	/** Throws if there is no such subscription. */
	change(id: string, changes: Partial<NewSubscription>): void {
		Object.assign(this.require(id), changes);
	}

	/** False if the tenant has no such subscription. */
	remove(tenantId: string, id: string): boolean {
		const subscription = this.byId.get(id);
		if (subscription?.tenantId !== tenantId) return false;
		this.byId.delete(id);
		for (const listener of this.changeListeners) listener(subscription, false);
		this.notifyEnd(id);
		return true;
	}

	private notifyEnd(id: string): void {
		for (const listener of this.endListeners) listener(id);
	}
}
