import { jest } from '@jest/globals';
import type { INodeType } from 'n8n-workflow';

import type * as nodeModule from '../../nodes/Kliq/KliqTrigger.node';

// All that the model needs of the code, besides what n8n calls.
export { CHECK_INTERVAL_MS } from '../../nodes/Kliq/trigger/subscription/checkInterval';
export { deriveSecret } from '../../nodes/Kliq/trigger/subscription/secret';

/** The trigger as a new process of n8n loads it: with a memory of its own. */
export function loadTrigger({ isN8nV1 }: { isN8nV1: boolean }): INodeType {
	// Of the n8n-workflow that is loaded with it.
	(globalThis as { isN8nV1?: boolean }).isN8nV1 = isN8nV1;
	let loaded: INodeType | undefined;
	jest.isolateModules(() => {
		const { KliqTrigger } = jest.requireActual<typeof nodeModule>(
			'../../nodes/Kliq/KliqTrigger.node',
		);
		loaded = new KliqTrigger();
	});
	return loaded!;
}
