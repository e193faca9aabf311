import { config } from '@n8n/node-cli/eslint';

// Tests, the simulator and the n8n sandbox never ship, so n8n's rules for what may run inside
// n8n (no timers, no process, no child processes, no Node modules, n8n's errors only) do not bind them.
const RULES_FOR_SHIPPED_CODE = [
	'@n8n/community-nodes/no-restricted-globals',
	'@n8n/community-nodes/no-restricted-imports',
	'@n8n/community-nodes/require-node-api-error',
	'@n8n/community-nodes/no-dangerous-functions',
];

export default [
	...config,
	{
		files: ['**/*.ts'],
		rules: Object.fromEntries(RULES_FOR_SHIPPED_CODE.map((rule) => [rule, 'off'])),
	},
];
