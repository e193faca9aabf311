import type { INodeExecutionData, NodeApiError } from 'n8n-workflow';

import type { NodeUnderTest } from './node';

/** Input items with the given JSON. */
export const items = (jsons: object[]) => jsons.map((json) => ({ json }) as INodeExecutionData);

/** The IDs of output items, in order. */
export const idsOf = (output: INodeExecutionData[]) => output.map(({ json }) => json.id);

/** The value of a resource locator with an ID entered by hand. */
export const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** The error of a node that is to fail. */
export async function errorOf(node: NodeUnderTest): Promise<NodeApiError> {
	return await node.execute().then(
		(output) => {
			throw new Error(`No error but ${JSON.stringify(output)}`);
		},
		(error: NodeApiError) => error,
	);
}
