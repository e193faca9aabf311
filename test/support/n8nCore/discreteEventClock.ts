import { afterEach, beforeEach, jest } from '@jest/globals';

import type { SimulatorClock } from '../simulator';
import { fakeClocks } from './virtualTime';

/** Turns of the event loop without a request in flight, after which nothing more can begin by itself. */
const QUIET_TURNS = 10;

interface Timer {
	at: number;
	fire: () => void;
}

/**
 * Clock of a discrete-event simulation with nodes and simulator: while a request is in flight it stands
 * still, otherwise it advances to the next timer. So a test takes no time, and ends the same on a busy
 * machine.
 */
class DiscreteEventClock implements SimulatorClock {
	private readonly timers = new Set<Timer>();

	/** Requests of nodes and tests, until they have their responses. */
	private inFlight = 0;

	/** How many of these wait for a timer of the simulator. */
	private held = 0;

	now(): number {
		return Date.now();
	}

	/** For the simulator. Each of its timers must hold back an answer. */
	setTimeout(callback: () => void, ms: number): Timer {
		this.held += 1;
		return this.add(ms, () => {
			this.held -= 1;
			callback();
		});
	}

	clearTimeout(timer: unknown): void {
		if (this.timers.delete(timer as Timer)) this.held -= 1;
	}

	/** For nodes and tests. */
	async sleep(ms: number): Promise<void> {
		await new Promise<void>((resolve) => this.add(ms, resolve));
	}

	/** Sends a request. @returns its answer */
	async send<T>(request: () => Promise<T>): Promise<T> {
		this.inFlight += 1;
		try {
			return await request();
		} finally {
			this.inFlight -= 1;
		}
	}

	/**
	 * Lets time pass until work has ended.
	 *
	 * @param quietTurns how many are enough; one where nothing but promises is waited for
	 * @throws Error if it waits for nothing that comes
	 */
	async run<T>(work: Promise<T>, quietTurns = QUIET_TURNS): Promise<T> {
		let isDone = false;
		const end = () => {
			isDone = true;
		};
		work.then(end, end);
		for (;;) {
			await this.untilIdle(quietTurns);
			if (isDone) return await work;
			this.fireNext();
		}
	}

	clear(): void {
		this.timers.clear();
		this.held = 0;
	}

	private add(ms: number, fire: () => void): Timer {
		const timer = { at: performance.now() + ms, fire };
		this.timers.add(timer);
		return timer;
	}

	private async untilIdle(quietTurns: number): Promise<void> {
		for (let turns = 0; turns < quietTurns; turns++) {
			await new Promise(setImmediate);
			if (this.inFlight > this.held) turns = -1;
		}
	}

	private fireNext(): void {
		const [next] = [...this.timers].sort((a, b) => a.at - b.at);
		if (next === undefined) throw new Error('Nothing is due, and the work has not ended');
		this.timers.delete(next);
		jest.advanceTimersByTime(Math.max(0, next.at - performance.now()));
		next.fire();
	}
}

export const clock = new DiscreteEventClock();

/** Has each test of the file start with clocks that only `clock` advances. */
export function useDiscreteEventClock(): void {
	beforeEach(fakeClocks);
	afterEach(() => {
		jest.useRealTimers();
		clock.clear();
	});
}
