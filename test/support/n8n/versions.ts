/** The n8n versions this package promises to work on: the newest first, then 1.x. */
export const N8N_VERSIONS = ['2.41.1', '1.123.81'] as const;

export type N8nVersion = (typeof N8N_VERSIONS)[number];

/** The n8n the demo runs. */
export const NEWEST_N8N: N8nVersion = N8N_VERSIONS[0];

/** The Node that both n8n versions run on, fetched where the machine has another major version. */
export const NODE_FOR_N8N = '24.21.0';

/** The pnpm that installs n8n, fetched into the cache. */
export const PNPM_VERSION = '12.21.0';

/** The version of the SQLite add-on's package that both n8n versions bring. */
export const SQLITE3_VERSION = '5.1.7';

/**
 * Replacements for dependencies. n8n 1.x asks a host other than the npm registry for xlsx. Newer
 * versions of `@langchain/langgraph-checkpoint` want a newer `@langchain/core` than n8n 1.x brings; with
 * them it says “Command "start" not found”.
 */
export const DEPENDENCY_OVERRIDES: Record<N8nVersion, Record<string, string> | undefined> = {
	'2.41.1': undefined,
	'1.123.81': { xlsx: '0.18.5', '@langchain/langgraph-checkpoint': '1.0.0' },
};

/** True for n8n 1.x, whose REST API differs from 2.x in a few calls. */
export const isN8nV1 = (version: string): boolean => version.startsWith('1.');
