import { updateDisplayOptions } from 'n8n-workflow';

import type { Operation } from '../../execution/operation';
import { RETURN_ALL_FIELDS } from '../../parameters/returnAll';
import { readSimplify, simplify, SIMPLIFY_FIELD } from '../../parameters/simplify';
import { getMany } from '../getMany';
import { DOCUMENTED_FIELDS } from './shared';

/** CV Job → Get Many. */
export const getAll: Operation = {
	fields: updateDisplayOptions({ show: { resource: ['cvJob'], operation: ['getAll'] } }, [
		...RETURN_ALL_FIELDS,
		SIMPLIFY_FIELD,
	]),

	async execute(kliq, parameters) {
		const isSimplified = readSimplify(parameters);
		const jobs = await getMany(kliq, parameters, 'cvJob');
		return isSimplified ? jobs.map((job) => simplify(job, DOCUMENTED_FIELDS)) : jobs;
	},
};
