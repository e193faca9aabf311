import { sleep } from 'n8n-workflow';

import { monotonicNow } from '../../utils/monotonicClock';
import { accountKey } from '../credentials';
import { wasNotSent } from '../networkErrors';
import { readRateLimitHeaders } from '../rateLimitHeaders';
import { requestedDelay } from '../requestedDelay';
import { isResponse, isServerError, isTooManyRequests, type RequestResult } from '../result';
import { Quota, type Permit, type PermitResult } from './quota';

/** `sleep` cannot be cancelled, so it is cut into naps: after each the queue looks for cancellations. */
const MAX_NAP_MS = 500;

/** An account that was not used for so long is forgotten. */
const IDLE_MS = 600_000;

/** A request's place in the queue: taken before its first try, kept by its retries. */
export class QueueTicket {
	/** Milliseconds that the request has waited in our own queue, all its tries together. */
	queuedMs = 0;

	/** @param position lower ones go first */
	constructor(readonly position: number) {}
}

/** How long a caller is ready to wait for its turn. */
export interface QueueWait {
	/** When the request is to be sent at the latest, in milliseconds of the monotonic clock. */
	deadline: number;
	/** Whether the request is not wanted any more; asked at least every `MAX_NAP_MS`. */
	isCancelled: () => boolean;
}

interface Waiter extends QueueWait {
	ticket: QueueTicket;
	enter(permit: Permit): void;
}

/**
 * A FIFO queue in front of an account's quota. KLIQ counts the requests of the whole account, so all
 * that this process sends for it waits in one queue; else later requests would use up what is left
 * before refused ones are retried.
 */
export class RateLimiter {
	private readonly quota = new Quota();

	/** In order of position. */
	private readonly queue: Waiter[] = [];

	private tickets = 0;

	/** When the nap in progress ends; Infinity while there is none. */
	private napEndsAt = Infinity;

	private usedAt = monotonicNow();

	/** A place behind all tickets taken before. */
	newTicket(): QueueTicket {
		return new QueueTicket(++this.tickets);
	}

	/**
	 * Sends a request when its turn has come. If the turn cannot come before the deadline, the request
	 * is sent anyway: the API's 429 gives a better error than a local timeout. If the execution is
	 * canceled, `send` is called at once, and throws.
	 *
	 * To retry after a 429 with a delay, call this at once with the same ticket: the queue waits out the
	 * delay, and no later request is sent before the retry.
	 *
	 * @param send throws only if nothing was sent
	 * @returns what `send` returns
	 * @throws what `send` throws
	 */
	async run(
		ticket: QueueTicket,
		send: () => Promise<RequestResult>,
		wait: QueueWait,
	): Promise<RequestResult> {
		const permit = await this.enter(ticket, wait);
		let result: RequestResult | undefined;
		try {
			result = await send();
			return result;
		} finally {
			// Before the monotonic clock is read: time lost in between may open a window late, not early.
			const outcome = permitResult(result);
			this.usedAt = monotonicNow();
			this.quota.release(permit, outcome, this.usedAt);
			this.admit();
			void this.nap();
		}
	}

	/** Whether no request is queued or in flight, nor was for `IDLE_MS`. */
	isIdle(): boolean {
		const isUnused = this.queue.length === 0 && this.quota.isIdle;
		return isUnused && monotonicNow() - this.usedAt > IDLE_MS;
	}

	private async enter(ticket: QueueTicket, { deadline, isCancelled }: QueueWait): Promise<Permit> {
		const queuedAt = monotonicNow();
		const permit = await new Promise<Permit>((enter) => {
			const waiter = { ticket, deadline, isCancelled, enter };
			this.insert(waiter);
			this.admit();
			if (isCancelled() || this.isOverdue(waiter, queuedAt)) this.dismiss();
			void this.nap(deadline);
		});
		ticket.queuedMs += monotonicNow() - queuedAt;
		return permit;
	}

	private insert(waiter: Waiter): void {
		let index = this.queue.length;
		while (index > 0 && this.queue[index - 1].ticket.position > waiter.ticket.position) index--;
		this.queue.splice(index, 0, waiter);
	}

	/** Admits requests from the head of the queue while the quota allows. */
	private admit(): void {
		const now = monotonicNow();
		while (this.queue.length > 0) {
			const permit = this.quota.tryAcquire(now);
			if (permit === undefined) break;
			this.queue.shift()!.enter(permit);
		}
	}

	/** Lets go of requests that are canceled or overdue, with a permit beyond the quota. */
	private dismiss(): void {
		const now = monotonicNow();
		for (const waiter of this.queue.splice(0)) {
			const isDismissed = waiter.isCancelled() || this.isOverdue(waiter, now);
			if (isDismissed) waiter.enter(this.quota.acquire());
			else this.queue.push(waiter);
		}
	}

	/** Whether the turn of a queued request cannot come before its deadline. */
	private isOverdue({ deadline }: Waiter, now: number): boolean {
		return deadline <= now || deadline < this.quota.opensAt(now);
	}

	/**
	 * Looks at the queue again when the quota may have opened, at a deadline, or in `MAX_NAP_MS`. All
	 * waiters share one nap: a timer for each of 3,000 would keep a core busy.
	 */
	private async nap(deadline = Infinity): Promise<void> {
		if (this.queue.length === 0) return;
		const now = monotonicNow();
		const endsAt = Math.min(deadline, this.quota.nextChangeAt(now), now + MAX_NAP_MS);
		if (this.napEndsAt <= endsAt) return;
		this.napEndsAt = endsAt;
		await sleep(Math.max(1, Math.ceil(endsAt - now)));
		// Unless a nap that ends earlier has replaced this one.
		if (this.napEndsAt !== endsAt) return;
		this.napEndsAt = Infinity;
		this.admit();
		this.dismiss();
		const nextDeadline = this.queue.reduce(
			(first, next) => Math.min(first, next.deadline),
			Infinity,
		);
		void this.nap(nextDeadline);
	}
}

/** What a request's end tells the quota; undefined if sending threw. */
function permitResult(result: RequestResult | undefined): PermitResult {
	if (result === undefined) return { kind: 'unsent' };
	if (!isResponse(result)) return { kind: wasNotSent(result.code) ? 'unsent' : 'unknown' };
	const headers = readRateLimitHeaders(result);
	if (isTooManyRequests(result)) {
		return { kind: 'refused', headers, delayMs: requestedDelay(result) };
	}
	return isServerError(result) && !headers ? { kind: 'unknown' } : { kind: 'answered', headers };
}

const limiters = new Map<string, RateLimiter>();

/**
 * The limiter of an account, the same for everything in this process that uses the account. The key
 * is part of it: whether KLIQ counts by tenant or by key is not documented, and one key's exhaustion
 * must not hold up another.
 *
 * Assumption: KLIQ-RATE-SHARED.
 */
export function rateLimiterFor(credentials: Parameters<typeof accountKey>[0]): RateLimiter {
	const account = accountKey(credentials);
	const known = limiters.get(account);
	if (known !== undefined) return known;

	for (const [name, limiter] of limiters) if (limiter.isIdle()) limiters.delete(name);
	const created = new RateLimiter();
	limiters.set(account, created);
	return created;
}
