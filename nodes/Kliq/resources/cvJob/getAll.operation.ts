import { getMany } from '../../execution/getMany';
import { displayFor } from '../displayFor';
import { RETURN_ALL_FIELDS } from '../../parameters/returnAll';
import type { Operation } from '../../execution/operation';
import { simplify, SIMPLIFY_FIELD, readSimplify } from '../../parameters/simplify';
import { DOCUMENTED_FIELDS, JOBS } from './shared';

/** CV Job → Get Many. */
export const getAll: Operation = {
	fields: displayFor('cvJob', ['getAll'], [...RETURN_ALL_FIELDS, SIMPLIFY_FIELD]),

	async execute(context, itemIndex) {
		const isSimple = readSimplify(context, itemIndex);
		const found = await getMany(context, JOBS, itemIndex);
		return isSimple ? found.map((job) => simplify(job, DOCUMENTED_FIELDS)) : found;
	},
};
