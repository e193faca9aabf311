import { config } from '@n8n/node-cli/eslint';

// n8n's strict mode accepts no change to the root eslint.config.mjs, not even a comment. So the
// exceptions for test/ stand here. ESLint looks for the config nearest to a file when the flag
// unstable_config_lookup_from_file is set (package.json, "lint").

/** Off in test/: it never ships, and these rules say what code may do inside n8n. */
export const RULES_OFF_IN_TESTS = Object.fromEntries(
	[
		'@n8n/community-nodes/no-restricted-globals',
		'@n8n/community-nodes/no-restricted-imports',
		'@n8n/community-nodes/require-node-api-error',
		'@n8n/community-nodes/no-dangerous-functions',
	].map((rule) => [rule, 'off']),
);

export default [...config, { files: ['**/*.ts'], rules: RULES_OFF_IN_TESTS }];
