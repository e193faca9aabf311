import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';

import { withTimeout } from '../../nodes/Kliq/transport/retry/timeout';

describe('a time limit', () => {
	it('lets through what is in time, and its failures', async () => {
		expect(await withTimeout(5_000, async () => 'in time')).toBe('in time');
		const failing = withTimeout(5_000, async () => await Promise.reject(new Error('broken')));
		await expect(failing).rejects.toThrow('broken');
	});

	it('ends what takes longer, however steadily it goes on, and tells it to stop', async () => {
		let told: AbortSignal | undefined;
		const endless = withTimeout(50, async (signal) => {
			told = signal;
			return await new Promise<never>(() => {});
		});
		await expect(endless).rejects.toMatchObject({ httpCode: 'ETIMEDOUT' });
		expect(told?.aborted).toBe(true);
	});

	it.each<[string, () => Promise<void>]>([
		['succeeded', async () => {}],
		['failed', async () => await Promise.reject(new Error('broken'))],
	])('keeps no listener once the work has %s', async (_how, end) => {
		let listeners = () => -1;
		const work = async (signal: AbortSignal) => {
			listeners = () => getEventListeners(signal, 'abort').length;
			await end();
		};
		const limited = withTimeout(5_000, work);
		expect(listeners()).toBe(1);
		await limited.catch(() => {});
		expect(listeners()).toBe(0);
	});
});
