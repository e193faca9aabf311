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
