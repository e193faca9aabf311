import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sleep } from 'n8n-workflow';

import { cancellableSleep } from '../../nodes/Kliq/transport/retry/cancellableSleep';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: jest.fn(async () => {}),
}));

const naps = () => jest.mocked(sleep).mock.calls.map(([milliseconds]) => milliseconds);

beforeEach(() => {
	jest.mocked(sleep).mockClear();
});

describe('a cancellable sleep', () => {
	it.each<[number, number[]]>([
		[0, []],
		[200, [200]],
		[500, [500]],
		[1_000, [500, 500]],
		[1_200, [500, 500, 200]],
	])('of %i ms is taken in naps of half a second at most', async (milliseconds, expected) => {
		await cancellableSleep(milliseconds, () => false);
		expect(naps()).toEqual(expected);
	});

	it('ends with the nap in which it is cancelled', async () => {
		await cancellableSleep(5_000, () => naps().length === 2);
		expect(naps()).toEqual([500, 500]);
	});
});
