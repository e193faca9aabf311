import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IConnections, INode, INodeParameters, IPinData } from 'n8n-workflow';

import type { WorkflowInput } from './n8n';

const FOLDER = resolve(__dirname, '../../examples');

/** The node types of the examples that n8n gives a webhook ID when they are pasted. */
const WITH_WEBHOOK = ['kliqTrigger', 'formTrigger', 'form', 'emailSend', 'wait'];

/** The examples' names, as their files have them. */
export const EXAMPLES = readdirSync(FOLDER)
	.filter((file) => file.endsWith('.json'))
	.map((file) => file.replace('.json', ''));

/** What has to be filled in in an example, as its sticky notes say. */
export interface Filling {
	/** Credential type → id of a stored credential, by the last part of the node type that wants it. */
	credentials: Record<string, Record<string, string>>;
	/** The ID of the Slack channel to choose. */
	slackChannel?: string;
	/** The ID of the data table to choose. */
	dataTable?: string;
}

export interface Example {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings: object;
	pinData: IPinData;
}

/** An example's text, as a person copies it. */
export function exampleText(name: string): string {
	return readFileSync(resolve(FOLDER, `${name}.json`), 'utf8');
}

/** An example as it is in its file. */
export function readExample(name: string): Example {
	return JSON.parse(exampleText(name)) as Example;
}

/** Whether an example has samples pinned to its nodes. */
export const hasSamples = (name: string): boolean =>
	Object.keys(readExample(name).pinData).length > 0;

/** The last part of a node's type, such as `slack`. */
export const kindOf = ({ type }: INode): string => type.split('.')[1];

/** An example, pasted and nothing filled in. */
export function paste(name: string): WorkflowInput & { pinData: IPinData } {
	const example = readExample(name);
	const nodes = example.nodes.map((node) => ({
		...node,
		id: randomUUID(),
		...(WITH_WEBHOOK.includes(kindOf(node)) && { webhookId: randomUUID() }),
	}));
	return { ...example, nodes };
}

/** An example, pasted and filled in. */
export function fillIn(
	name: string,
	{ credentials, slackChannel, dataTable }: Filling,
): WorkflowInput {
	const pasted = paste(name);
	const nodes = pasted.nodes.map((node): INode => {
		const needed = Object.entries(credentials[kindOf(node)] ?? {});
		const chosen = {
			...choose(node, 'channelId', slackChannel),
			...choose(node, 'dataTableId', dataTable),
		};
		return {
			...node,
			parameters: { ...node.parameters, ...chosen },
			credentials: Object.fromEntries(needed.map(([type, id]) => [type, { id, name: type }])),
		};
	});
	return { ...pasted, nodes };
}

/** The node's parameter with the value chosen from its list, if nothing is chosen there yet. */
function choose({ parameters }: INode, name: string, value: string | undefined): INodeParameters {
	if (value === undefined || !isEmptyLocator(parameters[name])) return {};
	return { [name]: { __rl: true, mode: 'list', value } };
}

/** Whether a parameter is a list from which nothing has been chosen yet. */
export function isEmptyLocator(parameter: unknown): boolean {
	const { __rl: isLocator, value } = (parameter ?? {}) as { __rl?: boolean; value?: unknown };
	return isLocator === true && value === '';
}
