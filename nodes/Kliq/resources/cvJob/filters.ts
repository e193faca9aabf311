import type { INodeProperties } from 'n8n-workflow';

import { filtersField } from '../../parameters/collection';
import type { FieldSource } from '../../parameters/itemParameters';
import { readText } from '../../parameters/text';
import { describeValue } from '../../parameters/value';
import type { LocalFilter } from '../getMany';

/** The statuses of a job (KLIQ, CV Jobs). */
const STATUSES = ['queued', 'processing', 'completed', 'failed'];

const MODEL_FILTER: INodeProperties = {
	displayName: 'Model',
	name: 'model',
	type: 'string',
	default: '',
	placeholder: 'e.g. shelf-detection-v2',
	description: 'Return only jobs of this model: its whole name, in upper or lower case',
};

const OBSERVATION_FILTER: INodeProperties = {
	displayName: 'Observation ID',
	name: 'observationId',
	type: 'string',
	default: '',
	placeholder: 'e.g. obs_abc123',
	description: 'Return only jobs that analyze the photo of this observation',
};

const STATUS_FILTER: INodeProperties = {
	displayName: 'Status',
	name: 'status',
	type: 'options',
	default: 'completed',
	options: [
		{ name: 'Completed', value: 'completed' },
		{ name: 'Failed', value: 'failed' },
		{ name: 'Processing', value: 'processing' },
		{ name: 'Queued', value: 'queued' },
	],
	description: 'Return only jobs with this status',
};

/** The filters of CV Job → Get Many. KLIQ documents none for its list, so they are applied here. */
export const FILTERS = filtersField([MODEL_FILTER, OBSERVATION_FILTER, STATUS_FILTER]);

/**
 * Reads the filters.
 *
 * @param filters the collection that holds them
 * @throws NodeOperationError for a status that KLIQ does not have, and as `readText`
 */
export const readFilters = (filters: FieldSource): LocalFilter[] => [
	{
		field: 'model',
		label: 'Model',
		wanted: readText(filters, MODEL_FILTER),
		matches: isSameName,
	},
	{
		field: 'observationId',
		label: 'Observation ID',
		wanted: readText(filters, OBSERVATION_FILTER),
		matches: (id, wanted) => textOf(id) === wanted,
	},
	{ field: 'status', label: 'Status', wanted: readStatus(filters), matches: isSameName },
];

function readStatus(filters: FieldSource): string {
	const status = readText(filters, STATUS_FILTER).toLowerCase();
	if (status === '' || STATUSES.includes(status)) return status;
	throw filters.operationError(
		`No CV job has the status ${describeValue(status)}`,
		`Choose the Status from the list. In an expression, the statuses are ${STATUSES.join(', ')}.`,
	);
}

/** A value of KLIQ's as text; empty for what is no text or number. */
const textOf = (value: unknown) =>
	typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

const isSameName = (name: unknown, wanted: string) =>
	textOf(name).toLowerCase() === wanted.toLowerCase();
