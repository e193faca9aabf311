import { jest } from '@jest/globals';

import { virtualSleep } from './virtualTime';

/**
 * n8n-workflow with virtual sleep:
 * `jest.mock('n8n-workflow', () => jest.requireActual('../support/n8nCore/n8nWorkflowMock'))`
 */
export = { ...jest.requireActual<object>('n8n-workflow'), sleep: virtualSleep };
