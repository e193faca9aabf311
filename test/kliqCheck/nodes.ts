import { createRequire } from 'node:module';

import type * as KliqModule from '../../nodes/Kliq/Kliq.node';
import type * as KliqTriggerModule from '../../nodes/Kliq/KliqTrigger.node';

// Named without .ts, as `import` has to, Node takes the codex file Kliq.node.json for the module.
const load = createRequire(__filename);

export const { Kliq } = load('../../nodes/Kliq/Kliq.node.ts') as typeof KliqModule;
export const { KliqTrigger } = load(
	'../../nodes/Kliq/KliqTrigger.node.ts',
) as typeof KliqTriggerModule;
