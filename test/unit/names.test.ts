import { beforeEach, describe, expect, it } from '@jest/globals';
import type {
	ICredentialType,
	INodeProperties,
	INodePropertyCollection,
	INodePropertyOptions,
	INodeTypeDescription,
} from 'n8n-workflow';

import { KliqApi } from '../../credentials/KliqApi.credentials';
import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { KliqTrigger } from '../../nodes/Kliq/KliqTrigger.node';

// Saved workflows contain these names. Names may be added, but not changed or removed.

let action: INodeTypeDescription;
let trigger: INodeTypeDescription;
let credential: ICredentialType;

// Anew for each test, so that mutation testing sees which test reads them.
beforeEach(() => {
	action = new Kliq().description;
	trigger = new KliqTrigger().description;
	credential = new KliqApi();
});

type Options = INodeProperties['options'];

const namesOf = (properties: INodeProperties[]) => properties.map(({ name }) => name);

const named = (properties: INodeProperties[], name: string) =>
	properties.find((property) => property.name === name)!;

/** The values of an options field. */
const valuesOf = ({ options }: INodeProperties) =>
	(options as INodePropertyOptions[]).map(({ value }) => value);

/** The names of a collection's fields, nested ones as `a.b`. */
const nestedNames = (options: Options = []): string[] =>
	(options as Array<INodeProperties | INodePropertyCollection>).flatMap((option) => {
		const nested = 'values' in option ? option.values : (option.options as Options);
		return [option.name, ...nestedNames(nested).map((name) => `${option.name}.${name}`)];
	});

const isShown = (shown: Record<string, string>) => (property: INodeProperties) =>
	Object.entries(shown).every(([name, value]) =>
		(property.displayOptions?.show?.[name] ?? [value]).includes(value),
	);

/** The parameters of an operation. */
const parametersOf = (resource: string, operation: string) =>
	action.properties.filter(isShown({ resource, operation }));

describe('the stable names of', () => {
	it('the nodes and the credential, with their versions', () => {
		expect([action.name, action.version]).toEqual(['kliq', 1]);
		expect([trigger.name, trigger.version]).toEqual(['kliqTrigger', 1]);
		expect(credential.name).toBe('kliqApi');
	});

	it('the credential’s fields', () => {
		expect(namesOf(credential.properties)).toEqual(
			expect.arrayContaining(['apiKey', 'tenantId', 'baseUrl', 'signingSecret']),
		);
		const { default: baseUrl } = named(credential.properties, 'baseUrl');
		expect(baseUrl).toBe('https://api.kliqpulse.com/v1');
	});

	it('the trigger’s parameters, their values and its webhook', () => {
		expect(namesOf(trigger.properties)).toEqual(
			expect.arrayContaining(['events', 'respond', 'options']),
		);
		expect(nestedNames([named(trigger.properties, 'options')])).toEqual(
			expect.arrayContaining([
				'options.ignoreRepeats',
				'options.models',
				'options.eventsToRemember',
				'options.splitDetections',
			]),
		);
		expect(valuesOf(named(trigger.properties, 'events'))).toEqual(
			expect.arrayContaining([
				'observation.created',
				'observation.updated',
				'cv.job.completed',
				'cv.job.failed',
				'visit.submitted',
			]),
		);
		const respond = named(trigger.properties, 'respond');
		expect(valuesOf(respond)).toEqual(expect.arrayContaining(['onReceived', 'lastNode']));
		expect(respond.default).toBe('onReceived');
		expect(trigger.webhooks).toMatchObject([
			{
				name: 'default',
				httpMethod: 'POST',
				path: 'webhook',
				responseMode: '={{$parameter["respond"]}}',
				responseData: 'noData',
			},
		]);
	});

	it('the trigger’s kind: it starts workflows, and is not for agents to use', () => {
		expect(trigger).toMatchObject({ group: ['trigger'], inputs: [], outputs: ['main'] });
		expect(trigger.usableAsTool).toBeUndefined();
		expect(trigger.credentials).toEqual([{ name: 'kliqApi', required: true }]);
		expect(named(trigger.properties, 'events')).toMatchObject({
			type: 'multiOptions',
			required: true,
			default: [],
		});
		expect(named(trigger.properties, 'respond').type).toBe('options');
	});

	it('the action node’s kind: agents may use it', () => {
		expect(action).toMatchObject({
			group: ['transform'],
			inputs: ['main'],
			outputs: ['main'],
			usableAsTool: true,
			defaults: { name: 'KLIQ' },
			credentials: [{ name: 'kliqApi', required: true }],
		});
	});

	it('the resources', () => {
		const resource = named(action.properties, 'resource');
		expect(valuesOf(resource)).toEqual(expect.arrayContaining(['cvJob', 'observation', 'webhook']));
		expect(resource).toMatchObject({ default: 'observation', noDataExpression: true });
	});

	it.each([
		['webhook', 'create', ['url', 'events']],
		['webhook', 'delete', ['webhookId']],
		['webhook', 'getAll', ['returnAll', 'limit', 'filters', 'filters.event', 'filters.url']],
		[
			'observation',
			'create',
			[
				'locationId',
				'imageUrl',
				'additionalFields',
				'additionalFields.coordinates',
				'additionalFields.coordinates.latitude',
				'additionalFields.coordinates.longitude',
				'additionalFields.metadata',
				'additionalFields.metadata.pairs',
				'additionalFields.metadata.pairs.key',
				'additionalFields.metadata.pairs.value',
				'additionalFields.metadata.json',
				'additionalFields.metadata.json.value',
			],
		],
		['observation', 'delete', ['observationId']],
		[
			'observation',
			'get',
			[
				'observationId',
				'simplify',
				'output',
				'fields',
				'options',
				'options.downloadPhoto',
				'options.binaryPropertyName',
			],
		],
		[
			'observation',
			'getAll',
			[
				'returnAll',
				'limit',
				'simplify',
				'output',
				'fields',
				'filters',
				'filters.locationId',
				'filters.status',
			],
		],
		[
			'cvJob',
			'create',
			[
				'observationId',
				'model',
				'waitForCompletion',
				'options',
				'options.splitDetections',
				'options.timeout',
			],
		],
		[
			'cvJob',
			'get',
			['jobId', 'simplify', 'output', 'fields', 'options', 'options.splitDetections'],
		],
		[
			'cvJob',
			'getAll',
			[
				'returnAll',
				'limit',
				'simplify',
				'output',
				'fields',
				'filters',
				'filters.status',
				'filters.model',
				'filters.observationId',
			],
		],
	])('the parameters of %s → %s', (resource, operation, expected) => {
		const operations = named(action.properties.filter(isShown({ resource })), 'operation');
		expect(valuesOf(operations)).toContain(operation);
		const parameters = parametersOf(resource, operation);
		expect([...namesOf(parameters), ...nestedNames(parameters)]).toEqual(
			expect.arrayContaining(expected),
		);
	});

	it('the values of Output, Status and Put Output File in Field', () => {
		for (const output of action.properties.filter(({ name }) => name === 'output')) {
			expect(valuesOf(output)).toEqual(['simplified', 'raw', 'selectedFields']);
			expect(output.default).toBe('simplified');
		}
		const { options: filters } = named(parametersOf('cvJob', 'getAll'), 'filters');
		expect(valuesOf(named(filters as INodeProperties[], 'status'))).toEqual(
			expect.arrayContaining(['queued', 'processing', 'completed', 'failed']),
		);
		const { options } = named(parametersOf('observation', 'get'), 'options');
		expect(named(options as INodeProperties[], 'binaryPropertyName').default).toBe('data');
	});

	it.each(['webhookId', 'observationId', 'jobId'])('the modes of %s', (name) => {
		const locators = action.properties.filter((property) => property.name === name);
		for (const { modes } of locators) {
			expect(modes!.map((mode) => mode.name)).toEqual(['list', 'id']);
		}
	});
});
