import { collect } from '../collect';
import { displayFor } from '../displayFor';
import { LIMIT_FIELDS } from '../limits';
import type { Operation } from '../operation';
import { simplify, SIMPLIFY_FIELD, wantsSimple } from '../simplify';
import { DOCUMENTED_FIELDS, JOBS } from './jobs';

/** CV Job → Get Many. */
export const getAll: Operation = {
	fields: displayFor('cvJob', ['getAll'], [...LIMIT_FIELDS, SIMPLIFY_FIELD]),

	async execute(context, itemIndex) {
		const isSimple = wantsSimple(context, itemIndex);
		const found = await collect(context, JOBS, itemIndex);
		return isSimple ? found.map((job) => simplify(job, DOCUMENTED_FIELDS)) : found;
	},
};
