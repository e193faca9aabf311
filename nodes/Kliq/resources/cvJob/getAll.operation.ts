import { collect } from '../../execution/getMany';
import { displayFor } from '../displayFor';
import { LIMIT_FIELDS } from '../../parameters/returnAll';
import type { Operation } from '../../execution/operation';
import { simplify, SIMPLIFY_FIELD, wantsSimple } from '../../parameters/simplify';
import { DOCUMENTED_FIELDS, JOBS } from './shared';

/** CV Job → Get Many. */
export const getAll: Operation = {
	fields: displayFor('cvJob', ['getAll'], [...LIMIT_FIELDS, SIMPLIFY_FIELD]),

	async execute(context, itemIndex) {
		const isSimple = wantsSimple(context, itemIndex);
		const found = await collect(context, JOBS, itemIndex);
		return isSimple ? found.map((job) => simplify(job, DOCUMENTED_FIELDS)) : found;
	},
};
