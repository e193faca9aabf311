import type {
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

const KLIQ_BASE_URL = 'https://api.kliqpulse.com/v1';

/** Access to one KLIQ tenant: API key, tenant ID, base URL and, optionally, a fixed signing secret. */
export class KliqApi implements ICredentialType {
	name = 'kliqApi';

	displayName = 'KLIQ API';

	icon: Icon = { light: 'file:../icons/kliq.svg', dark: 'file:../icons/kliq.dark.svg' };

	documentationUrl = 'https://example.com/n8n-nodes-kliq';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. kliq_live_…',
			description:
				'Created at KLIQ for your tenant. KLIQ Trigger, webhook subscriptions and the test of this credential need the scope webhooks:manage; observations need observations:read and observations:write, CV jobs cv:read and cv:write.',
		},
		{
			displayName: 'Tenant ID',
			name: 'tenantId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. t_abc123',
			description: 'The KLIQ tenant that the key belongs to. It begins with t_.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: KLIQ_BASE_URL,
			description:
				'Where KLIQ’s API lives. Leave it unless KLIQ gave you another address. Empty means KLIQ’s own.',
		},
		{
			displayName: 'Signing Secret',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'Leave empty',
			description:
				'Each KLIQ Trigger derives one of its own from the API key. Fill it in only if another system has to verify the same events with a secret you know. After a change the triggers follow by themselves within ten minutes.',
		},
	];

	/**
	 * Sets the header `X-API-Key`. A function, not an expression: n8n evaluates expressions only within an
	 * execution, and once per request.
	 */
	authenticate = async (
		{ apiKey }: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => ({
		...request,
		headers: { ...request.headers, 'X-API-Key': typeof apiKey === 'string' ? apiKey.trim() : '' },
	});

	/** Lists one webhook subscription, which needs a valid key, its tenant and the scope `webhooks:manage`. */
	test: ICredentialTestRequest = {
		request: {
			// The rule of `normalizeBaseUrl`, as an expression.
			baseURL: `={{ ($credentials.baseUrl ?? "").trim().replace(/\\/+$/, "").replace(/^$/, "${KLIQ_BASE_URL}").replace(/^(?!\\w+:\\/\\/)/, "https://") }}`,
			url: '=/tenants/{{ encodeURIComponent($credentials.tenantId.trim()) }}/webhooks',
			qs: { limit: 1 },
			disableFollowRedirect: true,
		},
		rules: [
			// Assumption KLIQ-AUTH-KEY (docs/kliq-assumptions.md).
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
						'KLIQ knows the API key but it may not do this. Give the key the scope webhooks:manage at KLIQ, and check that the Tenant ID is the one that the key belongs to.',
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
					message: `Something answered at the Base URL, but not KLIQ’s API. Check the Base URL; KLIQ’s own is ${KLIQ_BASE_URL}.`,
				},
			},
			// n8n evaluates rules of both kinds; only its type asks for one kind per list.
		] as ICredentialTestRequest['rules'],
	};
}
