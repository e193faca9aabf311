// The import directions of nodes/ (CONTRIBUTING, "Code map"), checked by `npm run lint`.

/** Layers of nodes/Kliq, and the layers below that each may import. */
const LAYERS = {
	utils: [],
	transport: ['utils'],
	subscriptions: ['transport', 'utils'],
	parameters: ['transport', 'utils'],
	execution: ['parameters', 'transport', 'utils'],
	trigger: ['execution', 'parameters', 'subscriptions', 'transport', 'utils'],
	listSearch: ['execution', 'parameters', 'subscriptions', 'transport', 'utils'],
	resources: ['execution', 'parameters', 'subscriptions', 'transport', 'utils'],
};

const TEST_SUITES = [
	'unit',
	'integration',
	'model',
	'e2e',
	'ui',
	'queue',
	'load',
	'mutation',
	'package',
];

const NODES = '^nodes/Kliq/';
const SHIPPED_CODE = '^(nodes|credentials)/';
const anyOf = (folders) => `(${folders.join('|')})`;

const layerRules = Object.entries(LAYERS).map(([layer, below]) => ({
	name: `${layer}-imports-only-lower-layers`,
	comment: `${layer} imports itself, types.ts and: ${below.join(', ') || 'no other layer'}.`,
	severity: 'error',
	from: { path: `${NODES}${layer}/` },
	to: { path: '^nodes/', pathNot: `${NODES}(types\\.ts$|${anyOf([layer, ...below])}/)` },
}));

export default {
	forbidden: [
		...layerRules,
		{
			name: 'known-layers-only',
			comment: 'A new folder of nodes/Kliq needs its place in LAYERS.',
			severity: 'error',
			from: {},
			to: { path: `${NODES}[^/]+/`, pathNot: `${NODES}${anyOf(Object.keys(LAYERS))}/` },
		},
		{
			name: 'types-import-no-code',
			comment: 'Every layer imports types.ts, so types.ts imports only types of n8n-workflow.',
			severity: 'error',
			from: { path: `${NODES}types\\.ts$` },
			to: { pathNot: '^node_modules/n8n-workflow/' },
		},
		{
			name: 'types-import-types-only',
			severity: 'error',
			from: { path: `${NODES}types\\.ts$` },
			to: { dependencyTypesNot: ['type-only'] },
		},
		{
			name: 'rate-limit-and-retry-are-independent',
			comment: 'What both need stands beside them in transport/.',
			severity: 'error',
			from: { path: `${NODES}transport/(rateLimit|retry)/` },
			to: { path: `${NODES}transport/(rateLimit|retry)/`, pathNot: `${NODES}transport/$1/` },
		},
		{
			name: 'utils-know-nothing-of-kliq',
			severity: 'error',
			from: { path: `${NODES}utils/` },
			to: { path: `${NODES}types\\.ts$` },
		},
		{
			name: 'the-plan-is-pure',
			comment: 'It compares; whoever wants a request or a clock belongs elsewhere.',
			severity: 'error',
			from: { path: `${NODES}trigger/subscription/(plan|subscriptionUrl)\\.ts$` },
			to: {
				path: '^nodes/',
				pathNot: `${NODES}(types|subscriptions/compare|transport/entity|trigger/subscription/subscriptionUrl)\\.ts$`,
			},
		},
		{
			name: 'resources-are-independent',
			comment: "Of another resource only shared.ts may be imported, for example an ID's field.",
			severity: 'error',
			from: { path: `${NODES}resources/([^/]+)/` },
			to: {
				path: `${NODES}resources/[^/]+/`,
				pathNot: [`${NODES}resources/$1/`, `${NODES}resources/[^/]+/shared\\.ts$`],
			},
		},
		{
			name: 'no-test-code-in-the-package',
			severity: 'error',
			from: { path: SHIPPED_CODE },
			to: { path: '^test/' },
		},
		{
			name: 'credentials-import-no-node',
			severity: 'error',
			from: { path: '^credentials/' },
			to: { path: '^nodes/' },
		},
		{
			name: 'no-runtime-dependencies',
			comment: 'Verified community nodes have none. n8n itself provides n8n-workflow.',
			severity: 'error',
			from: { path: SHIPPED_CODE },
			to: { pathNot: [SHIPPED_CODE, '^test/', '^node_modules/n8n-workflow/', '^(node:)?crypto$'] },
		},
		{
			name: 'suites-share-through-support',
			comment: 'What several test suites use lives in test/support/.',
			severity: 'error',
			from: { path: '^test/([^/]+)/' },
			to: { path: `^test/${anyOf(TEST_SUITES)}/`, pathNot: '^test/$1/' },
		},
		{
			name: 'no-circular-imports',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsConfig: { fileName: 'tsconfig.json' },
		// Imports of types have a direction too.
		tsPreCompilationDeps: true,
	},
};
