import { jest } from '@jest/globals';

import { clock } from './discreteEventClock';

/**
 * n8n-workflow whose sleep is an event of the simulation:
 * `jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowDiscreteEventMock'))`
 */
export = {
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async (milliseconds: number) => await clock.sleep(milliseconds),
};
