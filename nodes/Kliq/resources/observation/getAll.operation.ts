import { updateDisplayOptions, type IDataObject, type INodeProperties } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { filtersField } from '../../parameters/collection';
import type { FieldSource } from '../../parameters/itemParameters';
import { outputModeFields, readOutputMode } from '../../parameters/outputMode';
import { RETURN_ALL_FIELDS } from '../../parameters/returnAll';
import { readText } from '../../parameters/text';
import { getMany } from '../getMany';
import { DOCUMENTED_FIELDS, FIELD_OPTIONS } from './shared';

const LOCATION_FILTER: INodeProperties = {
	displayName: 'Location ID',
	name: 'locationId',
	type: 'string',
	default: '',
	placeholder: 'e.g. loc_abc123',
	description: 'Return only observations made at this location',
};

const STATUS_FILTER: INodeProperties = {
	displayName: 'Status',
	name: 'status',
	type: 'string',
	default: '',
	placeholder: 'e.g. pending',
	description:
		'Return only observations with this status, spelled as KLIQ spells it. A new observation is “pending”.',
};

/** Observation → Get Many. */
export const getAll: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['observation'], operation: ['getAll'] } }, [
		...RETURN_ALL_FIELDS,
		...outputModeFields(FIELD_OPTIONS),
		filtersField([LOCATION_FILTER, STATUS_FILTER]),
	]),

	async execute(kliq, parameters) {
		const query = readQuery(parameters.getCollection('filters'));
		const toJson = readOutputMode(parameters, DOCUMENTED_FIELDS);
		return await getMany(kliq, parameters, 'observation', { query, toJson });
	},
};

/** The filters that are set. An empty one would ask KLIQ for observations without a location. */
function readQuery(filters: FieldSource): IDataObject {
	const values = [LOCATION_FILTER, STATUS_FILTER].map((field): [string, string] => [
		field.name,
		readText(filters, field),
	]);
	return Object.fromEntries(values.filter(([, value]) => value !== ''));
}
