import { jest } from '@jest/globals';

import { idleTime } from './idleTime';

/**
 * n8n-workflow whose sleep takes idle time:
 * `jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/idleTimeMock'))`
 */
export = {
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async (milliseconds: number) => await idleTime.sleep(milliseconds),
};
