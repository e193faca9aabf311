import { jest } from '@jest/globals';

/**
 * Milliseconds that nodes have slept. With `jest.mock('n8n-workflow', virtualSleep)` a node's waits
 * take no time, but the clock goes on by as much. `onNap` is called in each.
 */
export const slept: { total: number; onNap?: () => void } = { total: 0 };

/** A clock that somebody has to move. */
interface OtherClock {
	advance(milliseconds: number): Promise<void>;
}

let otherClock: OtherClock | undefined;
let otherClockStands = Promise.resolve();

/** Lets another clock go on by as much as nodes sleep, until virtual time stops. */
export function moveAlong(clock: OtherClock): void {
	otherClock = clock;
}

/** Begins a test at zero, with a clock that only sleeping moves. */
export function startVirtualTime(): void {
	slept.total = 0;
	slept.onNap = undefined;
	jest.useFakeTimers({
		now: Date.UTC(2026, 0, 1, 12),
		doNotFake: [
			'hrtime',
			'nextTick',
			'queueMicrotask',
			'setImmediate',
			'clearImmediate',
			'setInterval',
			'clearInterval',
			'setTimeout',
			'clearTimeout',
		],
	});
}

/** Gives the clock back. */
export function stopVirtualTime(): void {
	otherClock = undefined;
	otherClockStands = Promise.resolve();
	jest.useRealTimers();
}

/** Module factory of an `n8n-workflow` whose `sleep` only moves the clock. */
export function virtualSleep(): object {
	return {
		...jest.requireActual<object>('n8n-workflow'),
		sleep: async (milliseconds: number) => {
			slept.total += milliseconds;
			// Moves the system clock and the monotonic one; no timer is faked.
			jest.advanceTimersByTime(milliseconds);
			slept.onNap?.();
			await new Promise(setImmediate);
			// One after the other, since each moves the clock on from where it stands.
			otherClockStands = otherClockStands.then(() => otherClock?.advance(milliseconds));
			await otherClockStands;
		},
	};
}
