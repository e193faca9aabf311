import { config } from '@n8n/node-cli/eslint';
import checkFile from 'eslint-plugin-check-file';

import { RULES_OFF_IN_TESTS } from './test/eslint.config.mjs';

// n8n's rules and ours. Ours cannot stand in eslint.config.mjs: n8n's strict mode accepts no change
// to that file (n8n-node lint). To fix: npx eslint . --config eslint.project.config.mjs --fix

const IMPORT_ORDER = {
	'import-x/first': 'error',
	'import-x/newline-after-import': 'error',
	// Node's modules, packages, a blank line, relative imports; alphabetical within each.
	'import-x/order': [
		'error',
		{
			groups: [
				['builtin', 'external', 'internal', 'unknown'],
				['parent', 'sibling', 'index'],
			],
			// n8n's rules allow `crypto` only without the prefix `node:`.
			pathGroups: [{ pattern: '{node:*,node:*/**,crypto}', group: 'builtin', position: 'before' }],
			pathGroupsExcludedImportTypes: [],
			distinctGroup: false,
			'newlines-between': 'always',
			alphabetize: { order: 'asc', caseInsensitive: true },
		},
	],
};

const FILE_NAMES = {
	'check-file/filename-naming-convention': [
		'error',
		{
			'**/!(*.node|*.credentials).ts': 'CAMEL_CASE',
			// n8n requires the name of the class.
			'**/*.@(node|credentials).ts': 'PASCAL_CASE',
		},
		{ ignoreMiddleExtensions: true },
	],
	'check-file/folder-naming-convention': [
		'error',
		{ '{nodes,credentials,test}/**/': 'CAMEL_CASE' },
		{ ignoreWords: ['Kliq'] },
	],
};

export default [
	...config,
	{ files: ['test/**/*.ts'], rules: RULES_OFF_IN_TESTS },
	{
		files: ['**/*.ts'],
		plugins: { 'check-file': checkFile },
		rules: { ...IMPORT_ORDER, ...FILE_NAMES },
	},
];
