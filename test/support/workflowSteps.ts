import type { INode } from 'n8n-workflow';

import { buildNode } from './n8n';
import { KLIQ, type TestBed } from './testBed';

/** A Wait node. From 65 seconds on n8n suspends the execution in its database. */
export const slowStep = (seconds: number): INode =>
	buildNode({
		type: 'n8n-nodes-base.wait',
		name: 'Work',
		typeVersion: 1.1,
		parameters: { amount: seconds, unit: 'seconds' },
	});

/** Stands in the place of a node, and posts a text for each item to a chat, as `startChat` starts it. */
export const postStep = ({ name, position }: INode, url: string, text: string): INode => ({
	...buildNode({
		type: 'n8n-nodes-base.httpRequest',
		name,
		typeVersion: 4.2,
		parameters: {
			method: 'POST',
			url,
			sendBody: true,
			specifyBody: 'keypair',
			bodyParameters: { parameters: [{ name: 'text', value: text }] },
			options: {},
		},
	}),
	position,
});

/** A request to KLIQ that fails as often as `failNext` has planned. */
export const requestStep = ({ credentialId }: TestBed): INode =>
	buildNode({
		type: KLIQ,
		name: 'Request',
		parameters: { resource: 'observation', operation: 'getAll', limit: 1 },
		credentials: { kliqApi: credentialId },
	});

/** Has the next requests of `requestStep` refused; the nodes retry none after a 403. */
export function failNext({ kliq }: TestBed, times: number): void {
	kliq.faults.next({ path: /\/observations$/, status: 403, times });
}
