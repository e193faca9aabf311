import type { SimulatorClock } from '../clock';
import type { KliqSettings } from '../settings';
import type { StoredSubscription, SubscriptionStore } from './subscriptions';

interface Change {
	at: number;
	subscription: StoredSubscription;
	wasAdded: boolean;
}

/** The subscriptions as lists show them: as they were `listLagMs` ago, without those never listed. */
export class LaggingList {
	private changes: Change[] = [];
	private readonly unlisted = new WeakSet<StoredSubscription>();

	constructor(
		private readonly subscriptions: SubscriptionStore,
		private readonly clock: SimulatorClock,
		private readonly settings: KliqSettings,
	) {
		subscriptions.onChange((subscription, wasAdded) => {
			if (wasAdded && !settings.deviations.listsNew) this.unlisted.add(subscription);
			this.changes = this.recentChanges();
			this.changes.push({ at: clock.now(), subscription, wasAdded });
		});
	}

	ofTenant(tenantId: string): StoredSubscription[] {
		const recent = this.recentChanges();
		const isAmong = (subscription: StoredSubscription, wasAdded: boolean) =>
			recent.some((each) => each.subscription === subscription && each.wasAdded === wasAdded);
		const removed = recent
			.filter(({ subscription, wasAdded }) => !wasAdded && subscription.tenantId === tenantId)
			.map(({ subscription }) => subscription);
		return [...this.subscriptions.ofTenant(tenantId), ...removed]
			.filter((each) => !isAmong(each, true) && !this.unlisted.has(each))
			.sort((one, other) => one.sequence - other.sequence);
	}

	private recentChanges(): Change[] {
		const since = this.clock.now() - this.settings.deviations.listLagMs;
		return this.changes.filter(({ at }) => at > since);
	}
}
