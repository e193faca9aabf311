import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { WaitBudget } from '../../nodes/Kliq/transport/retry/waitBudget';
import { monotonicNow } from '../../nodes/Kliq/utils/monotonicClock';

beforeEach(() => {
	jest.useFakeTimers();
});

afterEach(() => {
	jest.useRealTimers();
});

describe('a wait budget', () => {
	it.each<[string, number, number]>([
		['its own', 2_000, 9_000],
		['the call’s deadline', 9_000, 2_000],
	])('ends with %s', (_which, left, untilDeadline) => {
		const budget = new WaitBudget(monotonicNow() + untilDeadline, left);
		expect([2_000, 2_001].map((wait) => budget.allows(wait))).toEqual([true, false]);
		expect(budget.waitDeadline - monotonicNow()).toBe(2_000);
	});

	it('has less left after a wait', () => {
		const budget = new WaitBudget(Infinity, 5_000);
		budget.spend(2_000);
		expect([3_000, 3_001].map((wait) => budget.allows(wait))).toEqual([true, false]);
		expect(budget.waitDeadline - monotonicNow()).toBe(3_000);
	});

	it('comes closer to the call’s deadline as time passes', () => {
		const budget = new WaitBudget(monotonicNow() + 5_000, 9_000);
		jest.advanceTimersByTime(2_000);
		expect([3_000, 3_001].map((wait) => budget.allows(wait))).toEqual([true, false]);
	});
});
