import { MAX_TOTAL_WAIT_MS } from '../limits';
import type { RateLimitHeaders } from '../rateLimitHeaders';

/** The right to send one request, from `acquire` to `release`. */
export interface Permit {
	/** Counts permits from 1. */
	readonly number: number;
	/** `Quota.unreported` when the permit was acquired. */
	readonly unreported: number;
}

/** How the request of a permit ended. */
export type PermitResult =
	/** KLIQ has not seen it. */
	| { kind: 'unsent' }
	/** No answer, or one that need not be KLIQ's, such as a gateway's 5xx: KLIQ may have counted it. */
	| { kind: 'unknown' }
	| { kind: 'answered'; headers?: RateLimitHeaders }
	/** 429. `delayMs`: for how long KLIQ asks for no requests, if it says. */
	| { kind: 'refused'; headers?: RateLimitHeaders; delayMs?: number };

/**
 * How many requests one account may send, as far as its responses tell. A state machine without timers
 * and promises; every `now` is in milliseconds of the monotonic clock.
 *
 * A window is known by its end (`X-RateLimit-Reset`). The answer with the lowest `remaining` is the
 * last that KLIQ counted in it. Requests that may have been counted after that one are subtracted:
 * those in flight, and those that have ended since without reporting a count (`unreported`). So
 *
 *     left = remaining - in flight - unreported since the request that reported `remaining` was sent
 *
 * and no order of the answers allows more than `limit` requests in a window.
 *
 * | event | effect |
 * | --- | --- |
 * | nothing known | no limit |
 * | acquired | one more in flight |
 * | released unsent | one less in flight: as if never acquired |
 * | released, result unknown | one less in flight, one more unreported: `left` stays |
 * | answered, headers of the known window | the lowest `remaining` counts; the window ends no later |
 * | answered, headers of a new window | its `remaining` and end count from now on |
 * | answered, headers of an earlier window, or one that is over | only one less in flight |
 * | answered without headers | one more unreported; if sent after the window ended: no limit any more |
 * | window over | `limit` requests, or 1 if never reported, until a response reports the next window |
 * | nothing in flight, nothing left, no window known | 1 request may go: no answer would come else |
 * | 429 | its headers as above; not counted as unreported |
 * | 429 with a delay | blocked until then; a window that ends later is taken for over (1 request) |
 * | 429 with a delay, sent before another 429 came | blocked for longer only if by a second or more |
 * | 429 with a delay over `MAX_TOTAL_WAIT_MS` | not blocked: each caller gives up by its own answer |
 * | 429 not explained by `remaining: 0` | as many may go as were answered since the 429 before |
 * | when so many are answered | slow start: 1 may be in flight, 1 more for each further answer |
 * | 429 of an earlier window | neither blocked nor slow |
 */
export class Quota {
	/** Requests of a whole window, once reported. */
	private limit?: number;

	/** The lowest `remaining` reported in this window; before the first answer what we assume. */
	private remaining = Infinity;

	/** `unreported` when the request that reported `remaining` was sent. */
	private unreportedBefore = 0;

	/** Requests that KLIQ may have counted and whose result has not reported the count, so far. */
	private unreported = 0;

	/** `X-RateLimit-Reset` of the latest window that a response reported. */
	private reset?: number;

	/** When that window ends; Infinity between its end and the first answer of the next. */
	private endsAt = Infinity;

	/** Number of the last permit acquired before this window was reported, or the last one ended. */
	private lastPermitBefore = 0;

	private blockedUntil = -Infinity;

	/**
	 * How many requests KLIQ takes before it refuses, estimated from the last refusal that did not report it;
	 * undefined before the first.
	 */
	private estimate?: number;

	/** Answers to requests sent since that refusal. */
	private answers = 0;

	/** Number of the last permit acquired before that refusal. */
	private lastPermitBeforeRefusal = 0;

	private inFlight = 0;

	private acquired = 0;

	/** True if no request is in flight. */
	get isIdle(): boolean {
		return this.inFlight === 0;
	}

	/** @returns undefined while no request may be sent */
	tryAcquire(now: number): Permit | undefined {
		this.advance(now);
		const mayProbe = this.inFlight === 0 && !this.isInWindow();
		const isOpen = this.inFlight < this.maxInFlight() && (this.left() >= 1 || mayProbe);
		return isOpen && !this.isBlocked() ? this.acquire() : undefined;
	}

	/** A permit for a request that is sent whatever KLIQ allows. */
	acquire(): Permit {
		this.inFlight += 1;
		this.acquired += 1;
		return { number: this.acquired, unreported: this.unreported };
	}

	/** Gives a permit back, once, when its request has ended. */
	release(permit: Permit, result: PermitResult, now: number): void {
		this.advance(now);
		this.inFlight -= 1;
		if (result.kind === 'unknown') this.unreported += 1;
		if (result.kind === 'answered') this.learnFromAnswer(permit, result.headers, now);
		if (result.kind === 'refused') this.learnFromRefusal(permit, result, now);
	}

	/**
	 * The earliest time at which a request may be sent as far as the clock decides: in the past where
	 * only requests in flight are waited for.
	 */
	opensAt(now: number): number {
		this.advance(now);
		const isUsedUp = this.isInWindow() && this.left() + this.inFlight < 1;
		return Math.max(this.blockedUntil, isUsedUp && !this.isBlocked() ? this.endsAt : -Infinity);
	}

	/** When time alone changes something next; Infinity if it never does. */
	nextChangeAt(now: number): number {
		this.advance(now);
		return this.isBlocked() ? Math.min(this.blockedUntil, this.endsAt) : this.endsAt;
	}

	private left(): number {
		return this.remaining - this.inFlight - (this.unreported - this.unreportedBefore);
	}

	/** As many as were answered before the last refusal, then one to see, then slow start from there. */
	private maxInFlight(): number {
		if (this.estimate === undefined) return Infinity;
		return Math.max(this.estimate - this.answers, 1 + this.answers - this.estimate, 1);
	}

	private isInWindow(): boolean {
		return this.endsAt < Infinity;
	}

	private isBlocked(): boolean {
		return this.blockedUntil > -Infinity;
	}

	private advance(now: number): void {
		if (this.endsAt <= now) this.leaveWindow(this.limit ?? 1);
		if (this.isBlocked() && this.blockedUntil <= now) {
			this.blockedUntil = -Infinity;
			if (this.isInWindow() && this.left() + this.inFlight < 1) this.leaveWindow(1);
		}
	}

	/** Requests in flight may be counted in the next window, so `left` goes on subtracting them. */
	private leaveWindow(assumed: number): void {
		this.endsAt = Infinity;
		this.remaining = assumed;
		this.unreportedBefore = this.unreported;
		this.lastPermitBefore = this.acquired;
	}

	private learnFromAnswer(permit: Permit, headers: RateLimitHeaders | undefined, now: number) {
		if (permit.number > this.lastPermitBeforeRefusal) this.answers += 1;
		if (headers !== undefined) {
			this.learnFromHeaders(permit, headers, now);
			return;
		}
		this.unreported += 1;
		if (!this.isInWindow() && permit.number > this.lastPermitBefore) {
			this.limit = undefined;
			this.remaining = Infinity;
		}
	}

	private learnFromRefusal(
		permit: Permit,
		{ headers, delayMs = 0 }: { headers?: RateLimitHeaders; delayMs?: number },
		now: number,
	): void {
		if (headers !== undefined) {
			if (this.isOfEarlierWindow(permit, headers)) return;
			this.learnFromHeaders(permit, headers, now);
		}
		const isRepeated = permit.number <= this.lastPermitBeforeRefusal;
		if (headers?.remaining !== 0 && !isRepeated) {
			this.estimate = this.answers;
			this.answers = 0;
			this.lastPermitBeforeRefusal = this.acquired;
		}
		if (delayMs > 0 && delayMs <= MAX_TOTAL_WAIT_MS) {
			// Delays are in seconds, rounded up: of requests refused together the first comes closest.
			const roundingMs = isRepeated ? 1_000 : 0;
			if (now + delayMs >= this.blockedUntil + roundingMs) this.blockedUntil = now + delayMs;
		}
	}

	private learnFromHeaders(permit: Permit, headers: RateLimitHeaders, now: number): void {
		const { limit, remaining, reset, endsInMs } = headers;
		if (endsInMs <= 0 || this.isOfEarlierWindow(permit, headers)) return;
		const isNew = !this.isInWindow() || reset !== this.reset;
		if (isNew) this.lastPermitBefore = this.acquired;
		if (isNew || remaining < this.remaining) {
			this.remaining = remaining;
			this.unreportedBefore = permit.unreported;
		}
		this.endsAt = Math.min(isNew ? Infinity : this.endsAt, now + endsInMs);
		this.reset = reset;
		this.limit = limit ?? this.limit;
	}

	/**
	 * Whether an answer was overtaken by one of a later window. An earlier end than the known one for
	 * a request sent since then means that KLIQ's clock was set back: that window counts.
	 */
	private isOfEarlierWindow(permit: Permit, { reset }: RateLimitHeaders): boolean {
		if (this.reset === undefined || permit.number > this.lastPermitBefore) return false;
		return this.isInWindow() ? reset < this.reset : reset <= this.reset;
	}
}
