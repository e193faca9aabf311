import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

import { AREAS, filesOf } from './areas';

const PROJECT = join(__dirname, '../..');

describe('the areas of mutation testing', () => {
	it('have each file once, in the area that names most of its path', () => {
		const all = Object.keys(AREAS).flatMap(filesOf);
		expect(new Set(all).size).toBe(all.length);
		expect(all).toContain('nodes/Kliq/transport/errors.ts');
		expect(filesOf('signature')).toContain('nodes/Kliq/trigger/delivery/verifyDelivery.ts');
		expect(filesOf('reconciler')).toContain('nodes/Kliq/trigger/subscription/lifecycle.ts');
		expect(filesOf('trigger')).toEqual([
			'nodes/Kliq/KliqTrigger.node.ts',
			'nodes/Kliq/trigger/memory.ts',
		]);
		expect(filesOf('other')).toContain('credentials/KliqApi.credentials.ts');
	});

	it.each(Object.entries(AREAS))(
		'%s names files and tests that exist',
		(_name, { paths, tests, isolated = [] }) => {
			const files = [...paths, ...[...tests, ...isolated].map((test) => `test/${test}.test.ts`)];
			expect(files.filter((file) => !existsSync(join(PROJECT, file)))).toEqual([]);
		},
	);
});
