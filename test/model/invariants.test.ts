import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

import { INVARIANTS } from './invariants';

const contributing = readFileSync(join(__dirname, '../../CONTRIBUTING.md'), 'utf8');

it.each(Object.entries(INVARIANTS))('CONTRIBUTING lists the invariant %s', (name, text) => {
	expect(contributing).toContain(`\n- **${name}**: ${text}\n`);
});
