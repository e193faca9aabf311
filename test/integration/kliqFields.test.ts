import { describe, expect, it } from '@jest/globals';
import type {
	INodeProperties,
	INodePropertyCollection,
	INodePropertyModeValidation,
} from 'n8n-workflow';

import { Kliq } from '../../nodes/Kliq/Kliq.node';

const { description } = new Kliq();

describe('an ID entered by hand', () => {
	const LOCATORS = [
		['webhook', 'delete', 'webhookId', 'wh_abc123'],
		['observation', 'get', 'observationId', 'obs_abc123'],
		['observation', 'delete', 'observationId', 'obs_abc123'],
		['cvJob', 'create', 'observationId', 'obs_abc123'],
		['cvJob', 'get', 'jobId', 'job_abc123'],
	];

	/** The editor's errors for a value. A pattern must match the whole value (n8n-workflow, NodeHelpers). */
	function issuesOf(resource: string, operation: string, name: string, value: string) {
		const { modes = [] } = description.properties.find(
			({ name: each, displayOptions }) =>
				each === name &&
				displayOptions?.show?.resource?.includes(resource) &&
				displayOptions.show.operation?.includes(operation),
		)!;
		const { validation = [] } = modes.find(({ name: mode }) => mode === 'id')!;
		const rules = (validation as INodePropertyModeValidation[]).map(
			({ properties }) => properties as { regex: string; errorMessage: string },
		);
		return rules
			.filter(({ regex }) => !new RegExp(`^${regex}$`).test(value))
			.map(({ errorMessage }) => errorMessage);
	}

	it.each(LOCATORS)(
		'%s, %s: may have any form that the API uses',
		(resource, operation, name, sample) => {
			for (const id of [
				sample,
				` ${sample} `,
				'17',
				'a.b-c_d',
				'550e8400-e29b-41d4-a716-446655440000',
			]) {
				expect([id, issuesOf(resource, operation, name, id)]).toEqual([id, []]);
			}
		},
	);

	it.each(LOCATORS)(
		'%s, %s: must not contain spaces or slashes',
		(resource, operation, name, sample) => {
			for (const id of ['a b', 'a/b', '/a', 'a?b', 'a#b', 'https://kliq.example.com/a']) {
				expect([id, issuesOf(resource, operation, name, id)]).toEqual([
					id,
					[`An ID has no spaces and no slashes; it looks like ${sample}`],
				]);
			}
		},
	);
});

describe('a field that an AI agent fills', () => {
	const isAgentField = ({ type, name }: INodeProperties) =>
		type !== 'notice' && name !== 'resource' && name !== 'operation';
	/** A field and its nested fields, each with its path. */
	const fieldsIn = (field: INodeProperties, prefix = ''): Array<[string, INodeProperties]> => {
		const path = `${prefix}${field.name}`;
		if (!['collection', 'fixedCollection'].includes(field.type)) return [[path, field]];
		const nested = (field.options ?? []).flatMap((option) =>
			field.type === 'collection'
				? [option as INodeProperties]
				: (option as INodePropertyCollection).values,
		);
		return nested.flatMap((each) => fieldsIn(each, `${path}.`));
	};
	const fields = description.properties.filter(isAgentField).flatMap((field) => fieldsIn(field));

	it.each(fields)('has a description: %s', (_path, field) => {
		expect(field.description).toMatch(/^\S.{15,}/);
	});

	it('exists more than 20 times', () => expect(fields.length).toBeGreaterThan(20));
});
