import { monotonicNow } from '../../utils/monotonicClock';
import { cancellableSleep } from '../retry/cancellableSleep';
import type { KliqCredentials } from '../credentials';
import { wasNotSent } from '../networkErrors';
import { isResponse, type KliqResponse, type RequestResult } from '../result';
import { readRateLimitHeaders, type RateLimitHeaders } from './headers';
import { MAX_TOTAL_WAIT_MS, requestedDelay } from '../retry/retryPolicy';

/** How often a request in the line looks whether its turn has come, while nobody knows when it will. */
const LOOK_EVERY_MS = 20;

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
export class RateLimiter {
	newTicket() {
		return { queuedMs: 0 };
	}

	async run(
		ticket: { queuedMs: number },
		request: () => Promise<RequestResult>,
		{ deadline, isCancelled }: { deadline: number; isCancelled: () => boolean },
	): Promise<RequestResult> {
		return await this.send(request, async (milliseconds) => {
			if (isCancelled() || monotonicNow() + milliseconds > deadline) return false;
			ticket.queuedMs += milliseconds;
			await cancellableSleep(milliseconds, isCancelled);
			return !isCancelled();
		});
	}

	private readonly line: symbol[] = [];

	/** Requests that may be sent before KLIQ's answers have to tell of more. */
	private left = Infinity;

	/** The window that `left` is of (see `RateLimit`); undefined before the first answer in it. */
	private window?: number;

	/** When that window ends, in milliseconds since 1970. */
	private endsAt = Infinity;

	/** Whether KLIQ itself has said that nothing is left, rather than our counting. */
	private isUsedUp = false;

	/** Requests of a whole window, once KLIQ has told. */
	private limit?: number;

	/** Until when KLIQ wants to hear nothing after a refusal, in milliseconds since 1970. */
	private refusedUntil?: number;

	private refusedAt = -Infinity;
	private underWay = 0;

	/**
	 * Sends one request when its turn has come. If the caller's patience ends before, it is sent all the
	 * same: KLIQ's refusal tells a person more than we could.
	 *
	 * @throws what sending throws
	 */
	async send(request: () => Promise<RequestResult>, wait: Wait): Promise<RequestResult> {
		await this.turn(wait);
		let outcome: RequestResult | undefined;
		try {
			outcome = await request();
			return outcome;
		} finally {
			this.underWay -= 1;
			this.learnFrom(outcome);
		}
	}

	private async turn(wait: Wait): Promise<void> {
		const ticket = Symbol('ticket');
		this.line.push(ticket);
		try {
			while (!this.isTurnOf(ticket) && (await wait(this.timeUntilLook())));
			// At once: the next in line looks before this one has sent anything.
			this.underWay += 1;
			this.left = Math.max(0, this.left - 1);
		} finally {
			this.line.splice(this.line.indexOf(ticket), 1);
		}
	}

	private isTurnOf(ticket: symbol): boolean {
		this.beginWindowIfDue();
		return this.line[0] === ticket && this.refusedUntil === undefined && this.left > 0;
	}

	private beginWindowIfDue(): void {
		const now = Date.now();
		if (this.refusedUntil !== undefined && this.refusedUntil <= now) this.refusedUntil = undefined;
		else if (this.left > 0 || this.endsAt > now) return;
		this.window = undefined;
		this.endsAt = Infinity;
		this.isUsedUp = false;
		// Where KLIQ has not told how many it takes, one goes ahead to see.
		this.left = this.limit ?? 1;
	}

	private timeUntilLook(): number {
		const opensAt = this.refusedUntil ?? (this.isUsedUp ? this.endsAt : 0);
		return Math.max(LOOK_EVERY_MS, opensAt - Date.now());
	}

	private learnFrom(outcome: RequestResult | undefined): void {
		const answer = outcome !== undefined && isResponse(outcome) ? outcome : undefined;
		const limits = answer && readRateLimitHeaders(answer);
		if (outcome === undefined || (!isResponse(outcome) && wasNotSent(outcome.code))) {
			this.left += 1;
		} else if (answer?.status === 429) {
			this.learnFromRefusal(answer);
		} else if (limits) {
			this.learnFromLimits(limits);
		} else if (this.limit === undefined && Date.now() - this.refusedAt > CAUTION_MS) {
			this.left = Infinity;
		}
		if (this.isUsedUp) this.left = 0;
		// With nobody under way, nobody else would ever let the line go on.
		else if (this.underWay === 0) this.left = Math.max(1, this.left);
	}

	private learnFromLimits({ limit, window, remaining, endsAt }: RateLimitHeaders): void {
		const isKnown = window === this.window || this.window === undefined;
		// Of a window that is new to us, KLIQ may not have counted those that are under way.
		this.left =
			isKnown && this.left < Infinity
				? Math.min(this.left, remaining)
				: Math.max(0, remaining - this.underWay);
		this.limit = limit ?? this.limit;
		this.window = window;
		this.endsAt = endsAt;
		this.isUsedUp = remaining === 0;
	}

	private learnFromRefusal(answer: KliqResponse): void {
		this.refusedAt = Date.now();
		this.left = Math.min(this.left, 1);
		const wait = requestedDelay(answer);
		// Whoever is asked to wait for longer than anybody waits gives up; others shall hear it themselves.
		if (wait === undefined || wait > MAX_TOTAL_WAIT_MS) return;
		this.refusedUntil = Math.max(this.refusedUntil ?? 0, this.refusedAt + wait);
	}
}

const throttles = new Map<string, RateLimiter>();

/** The account's throttle, the same for everything in this n8n that uses the account. */
export function rateLimiterFor({ baseUrl, tenantId }: KliqCredentials): RateLimiter {
	const name = `${baseUrl} ${tenantId}`;
	const throttle = throttles.get(name) ?? new RateLimiter();
	throttles.set(name, throttle);
	return throttle;
}
