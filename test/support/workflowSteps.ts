import type { INode } from 'n8n-workflow';

import { buildNode } from './n8n';
import { KLIQ, type TestBed } from './testBed';

/** Work that takes a while. From 65 seconds on n8n puts the execution to sleep in its database. */
export const slowStep = (seconds: number): INode =>
	buildNode({
		type: 'n8n-nodes-base.wait',
		name: 'Work',
		typeVersion: 1.1,
		parameters: { amount: seconds, unit: 'seconds' },
	});

/** Asks KLIQ for observations, so that the workflow fails as often as `failNext` has planned. */
export const askingStep = ({ credentialId }: TestBed): INode =>
	buildNode({
		type: KLIQ,
		name: 'Ask',
		parameters: { resource: 'observation', operation: 'getAll', limit: 1 },
		credentials: { kliqApi: credentialId },
	});

/** Has the next questions of `askingStep` refused; no call is tried again after a 403. */
export function failNext({ kliq }: TestBed, times: number): void {
	kliq.faults.next({ path: /\/observations$/, status: 403, times });
}
