import { N8N_VERSIONS, type N8nVersion } from './n8n';

declare global {
	/** Set by jest.config.js, which has a project for each major version of n8n. */
	var n8nMajor: number | undefined;
}

/** The n8n that this run of a test file is about. */
export const N8N_VERSION: N8nVersion = versionOf(globalThis.n8nMajor);

function versionOf(major: number | undefined): N8nVersion {
	const version = N8N_VERSIONS.find((each) => each.startsWith(`${major}.`));
	if (version === undefined) throw new Error(`No n8n version to test on: major is ${major}`);
	return version;
}
