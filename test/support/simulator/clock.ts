import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { createClock } from '@sinonjs/fake-timers';

/** The simulator's time, in milliseconds since 1970: timestamps, retries, time limits, rate limits. */
export interface SimulatorClock {
	now(): number;
	setTimeout(callback: () => void, ms: number): unknown;
	clearTimeout(handle: unknown): void;
	/** Registers work in real time that a manual clock must await before it advances. */
	waitFor?(work: Promise<unknown>): void;
}

export interface ManualClock extends SimulatorClock {
	/**
	 * Moves time forward by `ms`, timer by timer. Before each step it waits, in real time, until
	 * pending deliveries have their answers, so that one call can span several retries.
	 *
	 * @param patienceMs real-time limit for that wait, by default the clock's; 0 does not wait, so
	 * receivers are late
	 */
	advance(ms: number, patienceMs?: number): Promise<void>;
}

export interface ManualClockOptions {
	/** Milliseconds since 1970 at which the clock stands first. */
	start?: number;
	/**
	 * Real milliseconds that `advance` waits for pending answers before it advances anyway. Must exceed
	 * the response time of every receiver that does answer.
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

/** A clock that stands still until `advance` is called. */
export function manualClock({
	start = Date.UTC(2026, 0, 5, 9),
	patienceMs = 3_000,
}: ManualClockOptions = {}): ManualClock {
	const fake = createClock(start);
	const dueTimes = new Map<unknown, number>();
	const pending = new Set<Promise<unknown>>();

	const settle = async (patienceMs: number) => {
		const deadline = Date.now() + patienceMs;
		for (;;) {
			// Lets callbacks of fired timers and of finished work run.
			await new Promise((resolve) => setImmediate(resolve));
			if (pending.size === 0 || Date.now() >= deadline) return;
			await withinRealTime(Promise.allSettled(pending), deadline - Date.now());
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
			pending.add(work);
			const remove = () => pending.delete(work);
			void work.then(remove, remove);
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
