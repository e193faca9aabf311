import { monotonicNow } from '../../utils/monotonicClock';
import type { Outage, Remembered } from './plan';
import { isSameAddress } from './subscriptionUrl';

/** Topic of failed deletions, among what the owner is told. */
export const DELETION_TOPIC = 'deletion';

/** Topic of what answers at n8n's own address. */
export const ADDRESS_TOPIC = 'address';

const isOfAddress = (topic: string) => topic.startsWith(ADDRESS_TOPIC);

/** A subscription that this process has made. */
interface Made extends Remembered {
	/** On the monotonic clock, in milliseconds. */
	at: number;
}

/**
 * The time for which a workflow is published, as one process sees it: from `checkExists` or `create`
 * until n8n calls `delete` or stops the trigger. What it remembers serves the moments in which a list
 * lags, hides something or cannot be had.
 */
export class Publication {
	private readonly controller = new AbortController();

	/** On the monotonic clock, in milliseconds. */
	readonly beganAt = monotonicNow();

	/** The newest subscription that a health check has made. */
	replacement?: Made;

	/** The newest subscription, as long as no list has shown it. */
	unlisted?: Made;

	/**
	 * The beginning of the newest POST whose result is unknown, on the monotonic clock. Undefined once a
	 * list has shown what it has done.
	 */
	uncertainSince?: number;

	/** IDs of what was listed before the newest POST of a health check. */
	listedIds?: ReadonlySet<string>;

	/** When a POST last began or ended, on the monotonic clock. */
	private postedAt = -Infinity;

	/** When n8n's own address was last asked, with a result that counts, on the monotonic clock. */
	addressAskedAt = -Infinity;

	/** When something else than this trigger has answered there, until it is asked once more. */
	otherAnswerAt?: number;

	/** Whether it has led to this trigger. */
	hasLedHere = false;

	/** When everything was last found in order, in milliseconds since 1970. */
	inOrderAt?: number;

	/** What the owner has been told, and what has been logged, since everything was last in order. */
	readonly told: Set<string>;

	/** When this process has last deleted any of the trigger's subscriptions, on the monotonic clock. */
	deletedAt: number;

	/** The outage that the owner is told of once it has ended. */
	outage?: Outage;

	/** The end of the work under way. */
	private work?: Promise<void>;

	/**
	 * @param webhookUrl of the node, without a query
	 * @param events that are chosen. Read when n8n starts the trigger: a tick has no expression engine
	 * @param remembered by n8n's static data, then also by this process
	 * @param previous publication of the node in this process: lists may still show what it has deleted,
	 * and what it has told is not told again, except of n8n's own address, which publishing has asked anew
	 */
	constructor(
		readonly webhookUrl: string,
		readonly events: string[],
		public remembered: Remembered[],
		previous?: Publication,
	) {
		this.deletedAt = previous?.deletedAt ?? -Infinity;
		this.told = new Set([...(previous?.told ?? [])].filter((topic) => !isOfAddress(topic)));
	}

	/** When this process has last changed anything at KLIQ, on the monotonic clock. */
	get changedAt(): number {
		return Math.max(this.postedAt, this.deletedAt);
	}

	/** Whether this publication has tried to subscribe. */
	get hasPosted(): boolean {
		return this.postedAt > -Infinity;
	}

	/** True if all that this publication has tried to make was refused. */
	get hasMadeNothing(): boolean {
		return this.hasPosted && this.uncertainSince === undefined && this.remembered.length === 0;
	}

	/** Aborted once the subscription is no longer wanted. */
	get signal(): AbortSignal {
		return this.controller.signal;
	}

	end(): void {
		this.controller.abort();
	}

	/** Mutual exclusion: runs work unless other work of this publication is under way. */
	async runIfIdle(work: () => Promise<void>): Promise<void> {
		if (this.work !== undefined) return;
		const running = work();
		this.work = running.catch(() => {});
		try {
			await running;
		} finally {
			this.work = undefined;
		}
	}

	/** Whether work is under way. */
	get isBusy(): boolean {
		return this.work !== undefined;
	}

	/** Resolves at the end of the work under way, whatever comes of it. */
	async untilIdle(): Promise<void> {
		await this.work;
	}

	/** Notes that a POST begins. */
	posts(): void {
		this.postedAt = monotonicNow();
		this.uncertainSince = this.postedAt;
	}

	/** Notes that the POST has certainly made nothing. */
	madeNothing(): void {
		this.uncertainSince = undefined;
	}

	/** Notes what a POST has made. */
	made({ id, url }: Remembered): void {
		this.postedAt = monotonicNow();
		this.uncertainSince = undefined;
		this.unlisted = { id, url, at: this.postedAt };
		this.remembered = [{ id, url }, ...this.remembered];
	}

	/** Notes that a DELETE has succeeded. */
	deleted(): void {
		this.deletedAt = monotonicNow();
		this.forgetTold((topic) => topic.startsWith(DELETION_TOPIC));
	}

	/** Notes that KLIQ holds what it should. What a DELETE or the own address would do is not known from that. */
	settled(): void {
		this.forgetTold((topic) => !topic.startsWith(DELETION_TOPIC) && !isOfAddress(topic));
	}

	/** Notes that n8n's own address leads to this trigger. */
	addressLeadsHere(): void {
		this.hasLedHere = true;
		this.forgetTold(isOfAddress);
	}

	private forgetTold(isOver: (topic: string) => boolean): void {
		for (const topic of this.told) if (isOver(topic)) this.told.delete(topic);
	}

	/** Notes the subscription that a list has shown to be right. */
	foundInOrder({ id, url }: Remembered): void {
		const isElsewhere = (each: Remembered) => !isSameAddress(each.url, url);
		this.remembered = [{ id, url }, ...this.remembered.filter(isElsewhere)];
		this.unlisted = undefined;
		this.outage = undefined;
		this.inOrderAt = Date.now();
	}
}
