import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { createClock } from '@sinonjs/fake-timers';

/** The simulator's time, in milliseconds since 1970: timestamps, retries, time limits, rate limits. */
export interface SimulatorClock {
	now(): number;
	setTimeout(callback: () => void, ms: number): unknown;
	clearTimeout(handle: unknown): void;
	/** Tells a clock driven by hand of work in real time, to be let finish before time moves on. */
	waitFor?(work: Promise<unknown>): void;
}

export interface ManualClock extends SimulatorClock {
	/**
	 * Moves time forward by `ms`, timer by timer. Before each step it waits, in real time, until
	 * deliveries under way have their answers, so that one call can span several retries.
	 *
	 * @param patienceMs the clock's unless told; with 0 nothing is waited for, so receivers are late
	 */
	advance(ms: number, patienceMs?: number): Promise<void>;
}

export interface ManualClockOptions {
	/** Milliseconds since 1970 at which the clock stands first. */
	start?: number;
	/**
	 * How many real milliseconds `advance` waits for an answer before it moves time on all the same.
	 * Only receivers that never answer cost this time; it must be longer than the others take.
	 */
	patienceMs?: number;
}

/** The machine's own time. */
export function realClock(): SimulatorClock {
	return scaledClock(1);
}

/**
 * Time that runs `factor` times faster than the machine's, from now on. Receivers do not get
 * faster with it: see `deliveryTimeoutMs`, which this clock measures too.
 */
export function scaledClock(factor: number): SimulatorClock {
	const start = Date.now();
	return {
		now: () => start + (Date.now() - start) * factor,
		setTimeout: (callback, ms) => setTimeout(callback, ms / factor),
		clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
	};
}

/** Time that stands still until `advance` is called. */
export function manualClock({
	start = Date.UTC(2026, 0, 5, 9),
	patienceMs = 3_000,
}: ManualClockOptions = {}): ManualClock {
	const fake = createClock(start);
	const dueTimes = new Map<unknown, number>();
	const underWay = new Set<Promise<unknown>>();

	const settle = async (patienceMs: number) => {
		const giveUpAt = Date.now() + patienceMs;
		for (;;) {
			// Lets those whose timer rang, or whose work is done, begin what comes next.
			await new Promise((resolve) => setImmediate(resolve));
			if (underWay.size === 0 || Date.now() >= giveUpAt) return;
			await withinRealTime(Promise.allSettled(underWay), giveUpAt - Date.now());
		}
	};

	return {
		now: () => fake.now,
		setTimeout(callback, ms) {
			// A timer of 0 ms made by another timer's callback is due only 1 ms later in the fake clock.
			const delay = Math.max(1, ms);
			const handle = fake.setTimeout(() => {
				dueTimes.delete(handle);
				callback();
			}, delay);
			dueTimes.set(handle, fake.now + delay);
			return handle;
		},
		clearTimeout(handle) {
			dueTimes.delete(handle);
			fake.clearTimeout(handle as Parameters<typeof fake.clearTimeout>[0]);
		},
		waitFor(work) {
			underWay.add(work);
			const forget = () => underWay.delete(work);
			void work.then(forget, forget);
		},
		async advance(ms, patience = patienceMs) {
			const target = fake.now + ms;
			await settle(patience);
			for (;;) {
				const next = Math.min(...dueTimes.values());
				if (next > target) break;
				fake.tick(next - fake.now);
				await settle(patience);
			}
			fake.tick(target - fake.now);
		},
	};
}

async function withinRealTime(work: Promise<unknown>, ms: number): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const limit = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	await Promise.race([work, limit]);
	clearTimeout(timer);
}
