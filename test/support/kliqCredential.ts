import type { IDataObject } from 'n8n-workflow';

import type { KliqSimulator } from './simulator';

/** The values of a KLIQ API credential for a simulated KLIQ. */
export function kliqCredential(
	{ apiKey, tenantId, baseUrl }: KliqSimulator,
	more: IDataObject = {},
): { apiKey: string; tenantId: string; baseUrl: string; signingSecret: string } {
	return { apiKey, tenantId, baseUrl, signingSecret: '', ...more };
}
