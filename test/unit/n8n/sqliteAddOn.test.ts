import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { addSqliteAddOn } from '../../support/n8n/sqliteAddOn';
import { SQLITE3_VERSION } from '../../support/n8n/versions';

describe('SQLite’s add-on', () => {
	const before = process.env;
	let folder: string;
	let n8n: string;

	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-kliq-sqlite-'));
		process.env = { ...before, XDG_CACHE_HOME: folder };
		n8n = join(folder, 'n8n', 'node_modules', 'sqlite3');
		await mkdir(n8n, { recursive: true });
		const built = `sqlite3-${SQLITE3_VERSION}/node_modules/sqlite3/build/Release`;
		await mkdir(join(folder, 'n8n-nodes-kliq', built), { recursive: true });
		await writeFile(join(folder, 'n8n-nodes-kliq', built, 'node_sqlite3.node'), 'compiled');
	});

	afterEach(async () => {
		process.env = before;
		await rm(folder, { recursive: true, force: true });
	});

	const n8nHas = async (version: string) =>
		await writeFile(join(n8n, 'package.json'), JSON.stringify({ version }));

	it('goes where n8n’s package looks for it', async () => {
		await n8nHas(SQLITE3_VERSION);
		await addSqliteAddOn(join(folder, 'n8n'));
		expect(await readFile(join(n8n, 'build/Release/node_sqlite3.node'), 'utf8')).toBe('compiled');
	});

	it('does not go into an n8n with another version of the package', async () => {
		await n8nHas('6.0.0');
		await expect(addSqliteAddOn(join(folder, 'n8n'))).rejects.toThrow(
			/n8n has sqlite3 6\.0\.0.*set SQLITE3_VERSION in test\/support\/n8n\/versions\.ts/,
		);
	});
});
