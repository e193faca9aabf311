import { jest } from '@jest/globals';

type N8nWorkflow = typeof import('n8n-workflow');
type ClockModule = typeof import('../support/n8nCore/discreteEventClock');

/** All n8n processes of a test share it, although each loads modules of its own. */
const shared = globalThis as {
	n8nWorkflow?: { ofV2: N8nWorkflow; ofV1: Omit<N8nWorkflow, 'fromParameter'> };
	isN8nV1?: boolean;
};

function inVirtualTime() {
	const { clock } = jest.requireActual<ClockModule>('../support/n8nCore/discreteEventClock');
	const ofV2 = {
		...jest.requireActual<N8nWorkflow>('n8n-workflow'),
		__esModule: true,
		// As Node's timers: whole milliseconds, one at least.
		sleep: async (milliseconds: number) => await clock.sleep(Math.max(1, Math.ceil(milliseconds))),
	};
	const ofV1: Omit<N8nWorkflow, 'fromParameter'> = { ...ofV2 };
	Reflect.deleteProperty(ofV1, 'fromParameter');
	return { ofV2, ofV1 };
}

/**
 * n8n-workflow whose sleep is an event of the simulation; of n8n 1.x or 2.x, as `loadTrigger` has it. It takes long to load, and its error classes must be the same in all processes.
 */
shared.n8nWorkflow ??= inVirtualTime();

export = shared.isN8nV1 ? shared.n8nWorkflow.ofV1 : shared.n8nWorkflow.ofV2;
