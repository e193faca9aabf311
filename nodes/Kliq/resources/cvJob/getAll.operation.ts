import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { outputModeFields, readOutputMode } from '../../parameters/outputMode';
import { RETURN_ALL_FIELDS } from '../../parameters/returnAll';
import { getMany } from '../getMany';
import { FILTERS, readFilters } from './filters';
import { DOCUMENTED_FIELDS, FIELD_OPTIONS } from './shared';

/** CV Job → Get Many. */
export const getAll: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['cvJob'], operation: ['getAll'] } }, [
		...RETURN_ALL_FIELDS,
		...outputModeFields(FIELD_OPTIONS),
		FILTERS,
	]),

	async execute(kliq, parameters) {
		const filters = readFilters(parameters.getCollection('filters'));
		const toJson = readOutputMode(parameters, DOCUMENTED_FIELDS);
		return await getMany(kliq, parameters, 'cvJob', { filters, toJson });
	},
};
