import { afterEach, beforeEach, jest } from '@jest/globals';

const { sleep } = jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow');

/**
 * What nodes have slept in this test: milliseconds in total. `onSleep` is called in each sleep.
 * For tests that mock n8n-workflow with `n8nWorkflowMock`.
 */
export const slept: { total: number; onSleep?: () => void } = { total: 0 };

/** A clock that does not run by itself. */
interface ManualClock {
	advance(milliseconds: number): Promise<void>;
}

let isTimeVirtual = false;
let linkedClock: ManualClock | undefined;
let linkedClockAdvanced = Promise.resolve();

/** Advances another clock, too, by each sleep of a node, until virtual time stops. @returns that clock */
export function linkClock<Clock extends ManualClock>(clock: Clock): Clock {
	linkedClock = clock;
	return clock;
}

/** Has each test of the file start at zero, with a clock that only sleeping advances. */
export function useVirtualTime(): void {
	beforeEach(startVirtualTime);
	afterEach(stopVirtualTime);
}

/** Replaces n8n-workflow's `sleep`: in virtual time takes no time, but advances the clocks by as much. */
export async function virtualSleep(milliseconds: number): Promise<void> {
	if (!isTimeVirtual) return await sleep(milliseconds);
	slept.total += milliseconds;
	// Advances the system clock and the monotonic one; no timer is faked.
	jest.advanceTimersByTime(milliseconds);
	slept.onSleep?.();
	await new Promise(setImmediate);
	// Sequentially: each sleep advances the linked clock from where the one before left it.
	linkedClockAdvanced = linkedClockAdvanced.then(() => linkedClock?.advance(milliseconds));
	await linkedClockAdvanced;
}

function startVirtualTime(): void {
	isTimeVirtual = true;
	slept.total = 0;
	slept.onSleep = undefined;
	fakeClocks();
}

/** Has the system clock and the monotonic one stand still; no timer is faked. */
export function fakeClocks(): void {
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

function stopVirtualTime(): void {
	isTimeVirtual = false;
	linkedClock = undefined;
	linkedClockAdvanced = Promise.resolve();
	jest.useRealTimers();
}
