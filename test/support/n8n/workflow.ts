import { randomUUID } from 'node:crypto';
import type { IConnections, IDataObject, INode, INodeParameters } from 'n8n-workflow';

import type { Execution } from './types';

const NODE_DISTANCE = 220;

export interface NodeInput {
	type: string;
	name: string;
	typeVersion?: number;
	parameters?: INodeParameters;
	/** Credential type → id of a stored credential. */
	credentials?: Record<string, string>;
}

/** A node as the editor would make it, with an id of its own. */
export function buildNode(input: NodeInput): INode {
	const { type, name, typeVersion = 1, parameters = {}, credentials = {} } = input;
	const named = Object.entries(credentials).map(([credentialType, id]) => [
		credentialType,
		{ id, name: credentialType },
	]);
	return {
		id: randomUUID(),
		type,
		name,
		typeVersion,
		position: [0, 0],
		parameters,
		...(named.length > 0 && { credentials: Object.fromEntries(named) as INode['credentials'] }),
	};
}

/** A trigger node with a webhook, whose address is made from its own random webhookId. */
export function buildWebhookNode(input: NodeInput): INode & { webhookId: string } {
	return { ...buildNode(input), webhookId: randomUUID() };
}

/** The nodes side by side, each one's first output connected to the next one's input. */
export function chain(nodes: INode[]): { nodes: INode[]; connections: IConnections } {
	const connections: IConnections = {};
	nodes.forEach(({ name }, index) => {
		const next = nodes[index + 1];
		if (next) connections[name] = { main: [[{ node: next.name, type: 'main', index: 0 }]] };
	});
	const placed = nodes.map(
		(node, index): INode => ({ ...node, position: [index * NODE_DISTANCE, 0] }),
	);
	return { nodes: placed, connections };
}

/**
 * Where a trigger node's webhook is reached.
 *
 * @param path the path in the node type's description of its webhook
 * @param mode `test` while "Listen for test event" is on, else `production`
 */
export function webhookUrl(
	n8nUrl: string,
	node: { webhookId: string },
	path = 'webhook',
	mode: 'production' | 'test' = 'production',
): string {
	const endpoint = mode === 'test' ? 'webhook-test' : 'webhook';
	return `${n8nUrl.replace(/\/+$/, '')}/${endpoint}/${node.webhookId}/${path}`;
}

/** The JSON of the items a node gave out (first output, last run); empty if it did not run. */
export function outputOf(execution: Execution, nodeName: string): IDataObject[] {
	const run = execution.data.resultData.runData[nodeName]?.at(-1);
	return run?.data?.main?.[0]?.map(({ json }) => json) ?? [];
}
