import { beforeEach, describe, expect, it } from '@jest/globals';
import { NodeHelpers, type INodeParameters } from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';
import { kliqCredential } from '../support/kliqCredential';
import { byId, errorOf, EXTRA_FIELDS } from '../support/n8nCore/items';
import { NodeUnderTest } from '../support/n8nCore/node';
import { shelfResult, type KliqSimulator } from '../support/simulator';
import { useSimulator } from '../support/useSimulator';

// n8n offers a node that is usableAsTool to agents as a second node type, whose name ends in “Tool”; by
// that its display options know it (n8n, tool-generation; n8n-workflow, NodeHelpers, `@tool`).

let kliq: KliqSimulator;

useSimulator((started) => (kliq = started));

const typeOf = (isTool: boolean) => {
	const type = new Kliq();
	if (isTool) type.description.name += 'Tool';
	return type;
};

const node = (parameters: object, isTool = true) =>
	new NodeUnderTest(typeOf(isTool), {
		parameters: { ...parameters },
		credential: kliqCredential(kliq),
	});

let observation: object;
let job: object;

/** Parameters of the operations that return entities, and one of the entities. */
const OPERATIONS: Array<[string, () => { parameters: object; fields: string[] }]> = [
	[
		'Observation → Get',
		() => ({
			parameters: {
				resource: 'observation',
				operation: 'get',
				observationId: byId(idOf(observation)),
			},
			fields: ['id', 'locationId', 'imageUrl', 'status'],
		}),
	],
	[
		'Observation → Get Many',
		() => ({
			parameters: { resource: 'observation', operation: 'getAll' },
			fields: ['id', 'locationId', 'imageUrl', 'status'],
		}),
	],
	[
		'CV Job → Get',
		() => ({
			parameters: { resource: 'cvJob', operation: 'get', jobId: byId(idOf(job)) },
			fields: ['id', 'observationId', 'model', 'status', 'result'],
		}),
	],
	[
		'CV Job → Get Many',
		() => ({
			parameters: { resource: 'cvJob', operation: 'getAll' },
			fields: ['id', 'observationId', 'model', 'status', 'result'],
		}),
	],
];

const idOf = (entity: object) => (entity as { id: string }).id;

beforeEach(() => {
	observation = kliq.seedObservation();
	job = kliq.seedJob({ status: 'completed', result: shelfResult() });
	kliq.settings.extraFields = EXTRA_FIELDS;
});

describe.each(OPERATIONS)('as an agent’s tool, %s', (_name, operation) => {
	const keysOf = async (more: object, isTool?: boolean) => {
		const [{ json }] = await node({ ...operation().parameters, ...more }, isTool).execute();
		return Object.keys(json);
	};
	const all = () => [...operation().fields, ...Object.keys(EXTRA_FIELDS)];

	it('simplifies unless told otherwise', async () => {
		expect(await keysOf({})).toEqual(operation().fields);
		expect(await keysOf({ output: ' simplified ' })).toEqual(operation().fields);
	});

	it('ignores a Simplify that is left over', async () => {
		expect(await keysOf({ simplify: false })).toEqual(operation().fields);
	});

	it('returns everything with Raw', async () => {
		expect(new Set(await keysOf({ output: 'raw' }))).toEqual(new Set(all()));
	});

	it.each([
		[['status'], ['id', 'status']],
		['status, field3', ['id', 'status', 'field3']],
		['["status"]', ['id', 'status']],
		[
			['status', 'nothing'],
			['id', 'status'],
		],
		[[], ['id']],
		[undefined, ['id']],
	])('returns the ID and the selected fields: %j', async (fields, expected) => {
		expect(await keysOf({ output: 'selectedFields', fields })).toEqual(expected);
	});

	it('rejects another Output', async () => {
		const { message, description } = await errorOf(
			node({ ...operation().parameters, output: 'everything' }),
		);
		expect(message).toBe('The Output is none of those that the node has');
		expect(description).toContain('“everything”');
		expect(kliq.requests).toEqual([]);
	});

	it('minds Simplify and no Output where it is no tool', async () => {
		expect(await keysOf({ output: 'raw' }, false)).toEqual(operation().fields);
		const raw = await keysOf({ output: 'simplified', simplify: false }, false);
		expect(new Set(raw)).toEqual(new Set(all()));
	});
});

describe.each(OPERATIONS)('the panel of %s', (_name, operation) => {
	const shown = (isTool: boolean, more: object = {}) => {
		const { description } = typeOf(isTool);
		const values = { ...operation().parameters, ...more } as INodeParameters;
		return description.properties
			.filter((field) =>
				NodeHelpers.displayParameter(values, field, { typeVersion: 1 }, description),
			)
			.map(({ name }) => name)
			.filter((name) => ['simplify', 'output', 'fields'].includes(name));
	};

	it('shows Simplify, and for a tool Output', () => {
		expect(shown(false)).toEqual(['simplify']);
		expect(shown(true)).toEqual(['output']);
	});

	it('shows Fields with Selected Fields only', () => {
		expect(shown(true, { output: 'raw' })).toEqual(['output']);
		expect(shown(true, { output: 'selectedFields' })).toEqual(['output', 'fields']);
	});
});

it('as an agent’s tool, Observation → Get downloads no photo: agents get no binary data', async () => {
	const nodeUnderTest = node({
		resource: 'observation',
		operation: 'get',
		observationId: byId(idOf(observation)),
		options: { downloadPhoto: true },
	});
	const [item] = await nodeUnderTest.execute();
	expect(item).not.toHaveProperty('binary');
});

it('as an agent’s tool, CV Job → Get splits what was selected', async () => {
	const parameters = {
		resource: 'cvJob',
		operation: 'get',
		jobId: byId(idOf(job)),
		output: 'selectedFields',
		fields: ['result'],
		options: { splitDetections: true },
	};
	const output = await node(parameters).execute();
	expect(output.map(({ json }) => [json.jobId, json.objectName])).toEqual(
		shelfResult().detections.map(({ objectName }) => [idOf(job), objectName]),
	);
});
