import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import {
	forgetState,
	stateOf,
	SubscriptionState,
} from '../../nodes/Kliq/trigger/subscriptionState';

let state: SubscriptionState;

beforeEach(() => {
	jest.useFakeTimers();
	state = new SubscriptionState();
});

afterEach(() => void jest.useRealTimers());

/** Work that ends when told. */
const work = () => {
	let end = () => {};
	const ended = new Promise<void>((resolve) => (end = resolve));
	return { run: jest.fn(async () => await ended), end };
};

/** Whether a promise is settled after so many milliseconds. */
const isSettled = async (promise: Promise<unknown>, afterMs = 0) => {
	let settled = false;
	void promise.finally(() => (settled = true));
	await jest.advanceTimersByTimeAsync(afterMs);
	return settled;
};

describe('the state of a subscription', () => {
	it('is one for each webhook URL until it is forgotten', () => {
		const url = 'https://n8n.example.com/webhook/1/webhook';
		const first = stateOf(url);
		expect(stateOf(url)).toBe(first);
		expect(stateOf(`${url}/2`)).not.toBe(first);
		forgetState(url);
		expect(stateOf(url)).not.toBe(first);
	});
});

describe('a reactivation', () => {
	it('is not due at first, and nothing waits for it', async () => {
		expect(state.isReactivating).toBe(false);
		expect(await isSettled(state.untilReactivated(1_000))).toBe(true);
	});

	it('is waited for until it comes, however often it was announced', async () => {
		state.expectReactivation();
		expect(state.isReactivating).toBe(true);
		const waiting = state.untilReactivated(1_000);
		state.expectReactivation();
		expect(await isSettled(waiting, 999)).toBe(false);
		state.endReactivation();
		expect(await isSettled(waiting)).toBe(true);
		expect(state.isReactivating).toBe(false);
	});

	it('is waited for no longer than told, and then no longer due', async () => {
		state.expectReactivation();
		expect(await isSettled(state.untilReactivated(1_000), 1_000)).toBe(true);
		expect(state.isReactivating).toBe(false);
	});

	it('may end without having been due', () => {
		state.endReactivation();
		expect(state.isReactivating).toBe(false);
	});
});

describe('work on the subscription', () => {
	it('is left out while other work is under way', async () => {
		const [first, second] = [work(), work()];
		const running = state.runIfIdle(first.run);
		await state.runIfIdle(second.run);
		expect(second.run).not.toHaveBeenCalled();
		first.end();
		await running;
		second.end();
		await state.runIfIdle(second.run);
		expect(second.run).toHaveBeenCalledTimes(1);
	});

	it('runs after other work, also where that fails', async () => {
		const failing = state.runNext(async () => {
			await new Promise((resolve) => setTimeout(resolve, 500));
			throw new Error('KLIQ hangs');
		}, 1_000);
		const next = jest.fn(async () => 'done');
		const waiting = state.runNext(next, 1_000);
		const failed = expect(failing).rejects.toThrow('KLIQ hangs');
		await jest.advanceTimersByTimeAsync(499);
		expect(next).not.toHaveBeenCalled();
		await jest.advanceTimersByTimeAsync(1);
		await failed;
		expect(await waiting).toBe('done');
	});

	it('waits no longer than told, and is then the work under way', async () => {
		const [stuck, second, third] = [work(), work(), work()];
		const running = state.runNext(stuck.run, 1_000);
		const next = state.runNext(second.run, 1_000);
		await jest.advanceTimersByTimeAsync(1_000);
		expect(second.run).toHaveBeenCalledTimes(1);

		stuck.end();
		await running;
		await state.runIfIdle(third.run);
		expect(third.run).not.toHaveBeenCalled();
		second.end();
		await next;
	});
});
