import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

/** How to reach one KLIQ tenant: its API key, its ID, the API's address and, if wanted, one fixed signing secret. */
export class KliqApi implements ICredentialType {
	name = 'kliqApi';

	displayName = 'KLIQ API';

	icon: Icon = { light: 'file:../icons/kliq.svg', dark: 'file:../icons/kliq.dark.svg' };

	documentationUrl = 'https://example.com/n8n-nodes-kliq#credentials';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'kliq_live_…',
			description:
				'Created at KLIQ for your tenant. KLIQ Trigger, webhook subscriptions and the test of this credential need the scope webhooks:manage; observations need observations:read and observations:write, CV jobs cv:read and cv:write.',
		},
		{
			displayName: 'Tenant ID',
			name: 'tenantId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 't_abc123',
			description: 'The KLIQ tenant that the key belongs to. It begins with t_.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.kliqpulse.com/v1',
			description: 'Where KLIQ’s API lives. Leave it unless KLIQ gave you another address.',
		},
		{
			displayName: 'Signing Secret',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'Leave empty: made automatically',
			description:
				'Leave empty: each KLIQ Trigger then makes a random secret of its own. Fill it in only if all triggers have to share one you know; after a change, publish their workflows again.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			headers: { 'X-API-Key': '={{ $credentials.apiKey.trim() }}' },
		},
	};

	/** Asks for one webhook subscription: that takes a valid key, its tenant and the scope, all at once. */
	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{ $credentials.baseUrl.trim().replace(/\\/+$/, "") }}',
			url: '=/tenants/{{ encodeURIComponent($credentials.tenantId.trim()) }}/webhooks',
			qs: { limit: 1 },
			disableFollowRedirect: true,
		},
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message:
						'KLIQ did not accept the API key. Copy the whole key from KLIQ again, or create a new one there.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'KLIQ knows the API key but it may not do this. Give the key the scope webhooks:manage at KLIQ, and check that it belongs to this tenant.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						'KLIQ does not know this tenant at this address. Check the Tenant ID (it begins with t_), then the Base URL.',
				},
			},
			{
				type: 'responseSuccessBody',
				properties: {
					key: 'data',
					value: undefined,
					message:
						'Something answered at the Base URL, but not KLIQ’s API. Check the Base URL; KLIQ’s own is https://api.kliqpulse.com/v1.',
				},
			},
			// n8n checks rules of both kinds; only its type wants one kind in a list.
		] as ICredentialTestRequest['rules'],
	};
}
