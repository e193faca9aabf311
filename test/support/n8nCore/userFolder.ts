import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const PREFIX = 'n8n-core-';

/** Gives n8n-core, which writes its settings when a context reads them, a folder of its own. */
export function makeUserFolder(): void {
	process.env.N8N_USER_FOLDER = mkdtempSync(join(tmpdir(), PREFIX));
}

/** Removes the folder of `makeUserFolder()`, where there is one. */
export function removeUserFolder(): void {
	const folder = process.env.N8N_USER_FOLDER ?? '';
	if (basename(folder).startsWith(PREFIX)) rmSync(folder, { recursive: true, force: true });
}
