import type { INodeExecutionData, NodeApiError } from 'n8n-workflow';

import type { NodeUnderTest } from './node';

/** Input items with the given JSON. */
export const items = (jsons: object[]) => jsons.map((json) => ({ json }) as INodeExecutionData);

/**
 * Eleven undocumented fields of an entity. n8n's guidelines ask to simplify output of more than ten
 * fields.
 */
export const EXTRA_FIELDS = Object.fromEntries(
	Array.from({ length: 11 }, (_, index) => [`field${index}`, index]),
);

/** The IDs of output items, in order. */
export const idsOf = (output: INodeExecutionData[]) => output.map(({ json }) => json.id);

/** Resource locator value in mode 'By ID'. */
export const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** The error of a node whose execution must fail. */
export async function errorOf(node: NodeUnderTest): Promise<NodeApiError> {
	return await node.execute().then(
		(output) => {
			throw new Error(`Expected an error, got ${JSON.stringify(output)}`);
		},
		(error: NodeApiError) => error,
	);
}
