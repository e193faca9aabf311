import { readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MARKER = 'ready';

/** The per-user folder that keeps installations between checkouts, following the XDG rules. */
export function cacheFolder(): string {
	const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
	return join(base, 'n8n-nodes-kliq');
}

/**
 * Whether a cached folder was finished with exactly this content. A folder without the marker, or
 * with another's, is unfinished.
 */
export async function isComplete(
	folder: string,
	content: Record<string, string>,
): Promise<boolean> {
	const marker = await readFile(join(folder, MARKER), 'utf8').catch(() => '');
	return marker === serialise(content);
}

/** Written last, when nothing is left to be done in the folder. */
export async function markComplete(folder: string, content: Record<string, string>): Promise<void> {
	await writeFile(join(folder, MARKER), serialise(content));
}

/** Must come before any change to the folder, so that an interrupted change shows. */
export async function markUnfinished(folder: string): Promise<void> {
	await rm(join(folder, MARKER), { force: true });
}

const serialise = (content: Record<string, string>) => `${JSON.stringify(content)}\n`;
