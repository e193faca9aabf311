/** The n8n versions this package promises to work on: the newest first, then 1.x. */
export const N8N_VERSIONS = ['2.41.1', '1.123.81'] as const;

export type N8nVersion = (typeof N8N_VERSIONS)[number];

/** The n8n the demo runs. */
export const NEWEST_N8N: N8nVersion = N8N_VERSIONS[0];

/** The Node that both n8n versions run on, fetched where the machine has another major version. */
export const NODE_FOR_N8N = '24.21.0';

/**
 * Replacements for dependencies that the npm registry does not have: n8n 1.x asks another host for
 * xlsx.
 */
export const DEPENDENCY_OVERRIDES: Record<N8nVersion, Record<string, string> | undefined> = {
	'2.41.1': undefined,
	'1.123.81': { xlsx: '0.18.5' },
};

/** True for n8n 1.x, whose REST API differs from 2.x in a few calls. */
export const isN8nV1 = (version: string): boolean => version.startsWith('1.');
