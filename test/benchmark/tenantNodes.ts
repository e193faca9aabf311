import type { INode, INodeParameters } from 'n8n-workflow';

import type { IsolatedTenant } from '../support/isolatedTenant';
import { buildNode } from '../support/n8n';
import { KLIQ } from '../support/testBed';

/** The KLIQ node on a tenant's subscriptions; an item that fails does not stop the others. */
export function kliqNode(tenant: IsolatedTenant, parameters: INodeParameters): INode {
	const node = buildNode({
		type: KLIQ,
		name: 'KLIQ',
		parameters: { resource: 'webhook', ...parameters },
		credentials: { kliqApi: tenant.credentialId },
	});
	return { ...node, onError: 'continueRegularOutput' };
}

/** The HTTP Request node with the same credential; an item that fails does not stop the others. */
export function httpRequestNode(tenant: IsolatedTenant, parameters: INodeParameters): INode {
	const node = buildNode({
		type: 'n8n-nodes-base.httpRequest',
		name: 'HTTP Request',
		typeVersion: 4.5,
		parameters: {
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'kliqApi',
			options: {},
			...parameters,
		},
		credentials: { kliqApi: tenant.credentialId },
	});
	return { ...node, onError: 'continueRegularOutput' };
}
