import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IConnections, INode } from 'n8n-workflow';

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
	/** Goes in the place of Slack's address. */
	chatUrl?: string;
}

export interface Example {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings: object;
}

/** An example's text, as a person copies it. */
export function exampleText(name: string): string {
	return readFileSync(resolve(FOLDER, `${name}.json`), 'utf8');
}

/** An example as it is in its file. */
export function readExample(name: string): Example {
	return JSON.parse(exampleText(name)) as Example;
}

/** An example, pasted and filled in. */
export function fillIn(name: string, { credentials, chatUrl }: Filling): WorkflowInput {
	const example = readExample(name);
	const nodes = example.nodes.map((node): INode => {
		const kind = node.type.split('.')[1];
		const needed = Object.entries(credentials[kind] ?? {});
		const isChat = kind === 'httpRequest' && chatUrl !== undefined;
		return {
			...node,
			id: randomUUID(),
			...(WITH_WEBHOOK.includes(kind) && { webhookId: randomUUID() }),
			...(isChat && { parameters: { ...node.parameters, url: chatUrl } }),
			credentials: Object.fromEntries(needed.map(([type, id]) => [type, { id, name: type }])),
		};
	});
	return { ...example, nodes };
}
