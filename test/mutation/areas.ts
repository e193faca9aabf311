import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A part of the shipped code, and the fast tests that are about it. */
export interface Area {
	/** Files and folders. A file belongs to the area that names the longest part of its path. */
	paths: string[];
	/** Files in `test/`, without `.test.ts`. */
	tests: string[];
	/** More of them, each run as a file of its own because it mocks a module in its own way. */
	isolated?: string[];
}

/**
 * Stryker's jest runner loads every test file for every mutant. So a mutant meets the tests of its area
 * only.
 */
export const AREAS: Record<string, Area> = {
	rateLimit: {
		paths: ['nodes/Kliq/transport/rateLimit'],
		tests: ['unit/quota', 'unit/rateLimitHeaders', 'unit/serverTime'],
		isolated: ['unit/rateLimiter'],
	},
	retry: {
		paths: ['nodes/Kliq/transport/retry'],
		tests: ['unit/retryPolicy', 'unit/timeout', 'unit/waitBudget'],
		isolated: ['unit/cancellableSleep'],
	},
	redaction: {
		paths: ['nodes/Kliq/utils/redact.ts'],
		tests: ['unit/redact'],
	},
	signature: {
		paths: ['nodes/Kliq/trigger/delivery', 'nodes/Kliq/trigger/subscription/secret.ts'],
		tests: [
			'unit/secret',
			'unit/signature',
			'integration/attackSender',
			'integration/signingSecret',
			'integration/triggerOptions',
			'integration/triggerWebhook',
		],
	},
	trigger: {
		paths: ['nodes/Kliq/trigger', 'nodes/Kliq/KliqTrigger.node.ts'],
		tests: [
			'unit/builderHint',
			'unit/credential',
			'unit/editorTexts',
			'unit/english',
			'unit/names',
			'integration/triggerLifecycle',
			'integration/publishDeadlines',
			'integration/triggerWebhook',
			'integration/triggerOptions',
			'integration/signingSecret',
			'integration/reconciler',
		],
	},
	ignoreRepeats: {
		paths: [
			'nodes/Kliq/trigger/output/deduplicator.ts',
			'nodes/Kliq/trigger/output/options.ts',
			'nodes/Kliq/trigger/output/outputEvent.ts',
		],
		tests: ['integration/ignoreRepeats', 'integration/triggerOptions'],
	},
	reconciler: {
		paths: ['nodes/Kliq/trigger/subscription'],
		tests: [
			'unit/plan',
			'unit/secret',
			'unit/sharedList',
			'unit/subscriptionUrl',
			'integration/publishDeadlines',
			'integration/reconciler',
			'integration/triggerLifecycle',
		],
		isolated: ['integration/reconcilerRaces'],
	},
	subscriptions: {
		paths: ['nodes/Kliq/subscriptions'],
		tests: ['unit/compare', 'unit/events', 'integration/triggerLifecycle'],
	},
	transport: {
		paths: ['nodes/Kliq/transport'],
		tests: [
			'unit/networkErrors',
			'integration/requests',
			'integration/attackApi',
			'integration/attackLeaks',
			'integration/credentialPerItem',
			'integration/deadlines',
			'integration/kliqCvJob',
			'integration/kliqWebhook',
		],
	},
	photo: {
		paths: [
			'nodes/Kliq/resources/observation/photo.ts',
			'nodes/Kliq/transport/photo.ts',
			'nodes/Kliq/transport/photoErrors.ts',
			'nodes/Kliq/utils/fileName.ts',
		],
		tests: ['unit/fileName', 'unit/photoErrors', 'integration/observationPhoto'],
	},
	getMany: {
		paths: ['nodes/Kliq/resources/getMany.ts'],
		tests: ['integration/kliqCvJob', 'integration/kliqWebhook'],
	},
	cvJob: {
		paths: ['nodes/Kliq/parameters/splitDetections.ts', 'nodes/Kliq/resources/cvJob'],
		tests: ['integration/deadlines', 'integration/kliqCvJob', 'integration/outputSchemas'],
	},
	observation: {
		paths: ['nodes/Kliq/resources/observation'],
		tests: [
			'integration/kliqObservation',
			'integration/observationPhoto',
			'integration/outputSchemas',
		],
	},
	webhook: {
		paths: ['nodes/Kliq/resources'],
		tests: ['integration/kliqWebhook', 'integration/outputSchemas', 'integration/requests'],
	},
	listSearch: {
		paths: ['nodes/Kliq/listSearch'],
		tests: [
			'integration/attackApi',
			'integration/deadlines',
			'integration/kliqCvJob',
			'integration/kliqObservation',
			'integration/kliqWebhook',
		],
	},
	parameters: {
		paths: ['nodes/Kliq/parameters'],
		tests: [
			'integration/agentTool',
			'integration/kliqFields',
			'integration/kliqInputs',
			'integration/outputSchemas',
		],
	},
	execution: {
		paths: ['nodes/Kliq/execution'],
		tests: [
			'integration/agentTool',
			'integration/credentialPerItem',
			'integration/kliqCvJob',
			'integration/kliqInputs',
			'integration/kliqWebhook',
		],
	},
	utils: {
		paths: ['nodes/Kliq/utils'],
		tests: [
			'unit/nameList',
			'unit/text',
			'unit/url',
			'integration/attackLeaks',
			'integration/kliqWebhook',
			'integration/requests',
		],
	},
	other: {
		paths: ['credentials', 'nodes'],
		tests: [
			'unit/builderHint',
			'unit/credential',
			'unit/editorTexts',
			'unit/english',
			'unit/names',
			'integration/attackLeaks',
			'integration/kliqFields',
			'integration/kliqInputs',
			'integration/kliqWebhook',
		],
	},
};

const PROJECT = resolve(__dirname, '../..');

/** All TypeScript files that ship, as paths from the project's folder. */
const sourceFiles = (): string[] =>
	['credentials', 'nodes'].flatMap((folder) =>
		readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
			.map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
			.filter((file) => file.endsWith('.ts')),
	);

/** How much of a file's path an area names, in characters; 0 if it does not name the file. */
const match = ({ paths }: Area, file: string): number =>
	Math.max(
		0,
		...paths
			.filter((path) => file === path || file.startsWith(`${path}/`))
			.map(({ length }) => length),
	);

/** The files of an area. */
export function filesOf(name: string): string[] {
	const owner = (file: string) =>
		Object.keys(AREAS).reduce((best, each) =>
			match(AREAS[each], file) > match(AREAS[best], file) ? each : best,
		);
	return sourceFiles().filter((file) => owner(file) === name);
}
