import type { KliqAccount } from './account';
import { isAnswer, type Answer, type Outcome } from './outcome';
import { readRateLimit, type RateLimit } from './rateLimit';
import { MAX_WAITING_MS, retryAfter } from './retry';

/** How often the first in line looks again while only answers under way can let it go on. */
const LOOK_EVERY_MS = 50;

/** For how long after a refusal requests go one by one where KLIQ does not say how many may. */
const CAUTION_MS = 60_000;

/**
 * Waits for some milliseconds.
 *
 * @returns whether the caller is ready to wait on
 */
export type Wait = (milliseconds: number) => Promise<boolean>;

/**
 * What one account may still send, as learnt from KLIQ's answers. KLIQ counts by account, not by
 * execution, so all that this n8n sends for it waits in one line: first come, first served, or items
 * that began late would use up what is left before those that were refused come back.
 */
class Throttle {
	/** Requests that may be sent before KLIQ has to be asked how many more. */
	private left = Infinity;

	/** The window that `left` is of (see `RateLimit`); undefined before its first answer. */
	private window?: number;

	/** Requests of a whole window, once KLIQ has told. */
	private limit?: number;

	/** Until when nothing is sent, in milliseconds since 1970; 0 while something may be. */
	private closedUntil = 0;

	private refusedAt = -Infinity;
	private underWay = 0;
	private line: Promise<unknown> = Promise.resolve();

	/**
	 * Sends one request when its turn has come. If the caller's patience ends before, it is sent all the
	 * same: KLIQ's refusal tells a person more than we could.
	 *
	 * @throws what sending throws
	 */
	async send(request: () => Promise<Outcome>, wait: Wait): Promise<Outcome> {
		await this.turn(wait);
		let outcome: Outcome | undefined;
		try {
			outcome = await request();
			return outcome;
		} finally {
			this.underWay -= 1;
			this.learnFrom(outcome);
		}
	}

	private async turn(wait: Wait): Promise<void> {
		const turn = this.line.then(async () => {
			while (!this.isOpen() && (await wait(this.timeUntilLook())));
			this.underWay += 1;
			this.left = Math.max(0, this.left - 1);
		});
		this.line = turn.catch(() => {});
		await turn;
	}

	private isOpen(): boolean {
		if (this.closedUntil > Date.now()) return false;
		if (this.closedUntil > 0) this.reopen();
		return this.left > 0;
	}

	/** A new window has begun. Where KLIQ does not say how many it takes, one goes ahead to see. */
	private reopen(): void {
		this.closedUntil = 0;
		this.window = undefined;
		this.left = this.limit ?? 1;
	}

	private timeUntilLook(): number {
		return Math.max(LOOK_EVERY_MS, this.closedUntil - Date.now());
	}

	private learnFrom(outcome: Outcome | undefined): void {
		const isAnswered = outcome !== undefined && isAnswer(outcome);
		const limits = isAnswered ? readRateLimit(outcome) : undefined;
		this.limit = limits?.limit ?? this.limit;
		if (isAnswered && outcome.status === 429) this.learnFromRefusal(outcome, limits);
		else if (limits) this.learnFromLimits(limits);
		else this.carryOn();
		// With nobody under way, nobody would ever let the line go on.
		if (this.underWay === 0 && this.closedUntil === 0) this.left = Math.max(1, this.left);
	}

	private learnFromLimits({ window, remaining, endsAt }: RateLimit): void {
		if (window === this.window || this.window === undefined) {
			this.left = Math.min(this.left, remaining);
		} else {
			// KLIQ may not have counted those that are under way.
			this.left = Math.max(0, remaining - this.underWay);
			this.closedUntil = 0;
		}
		this.window = window;
		if (this.left === 0) this.closeUntil(endsAt);
	}

	/** Nothing was told. Where a limit is known, KLIQ may have counted the request all the same. */
	private carryOn(): void {
		if (this.limit !== undefined) return;
		const isCautious = Date.now() - this.refusedAt < CAUTION_MS;
		this.left = isCautious ? this.left + 1 : Infinity;
	}

	private learnFromRefusal(answer: Answer, limits: RateLimit | undefined): void {
		this.refusedAt = Date.now();
		this.left = Math.min(this.left, 1);
		const untilReset = limits?.remaining === 0 ? limits.endsAt - Date.now() : 0;
		const wait = retryAfter(answer) ?? untilReset;
		// Whoever is asked to wait for longer than anybody waits gives up; others shall hear it themselves.
		if (wait > 0 && wait <= MAX_WAITING_MS) this.closeUntil(Date.now() + wait);
	}

	private closeUntil(time: number): void {
		this.closedUntil = Math.max(this.closedUntil, time);
	}
}

const throttles = new Map<string, Throttle>();

/** The account's throttle, the same for everything in this n8n that uses the account. */
export function throttleOf({ baseUrl, tenantId }: KliqAccount): Throttle {
	const name = `${baseUrl} ${tenantId}`;
	const throttle = throttles.get(name) ?? new Throttle();
	throttles.set(name, throttle);
	return throttle;
}
