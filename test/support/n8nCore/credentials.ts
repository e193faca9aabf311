import {
	ICredentialsHelper,
	type IAuthenticateGeneric,
	type ICredentialDataDecryptedObject,
	type ICredentials,
	type ICredentialType,
	type IHttpRequestOptions,
	type INode,
	type Workflow,
} from 'n8n-workflow';

/**
 * The credential store of an n8n in which every credential is of one type and holds one set of
 * values. What n8n's own store does with a database, this does in memory; how a request is
 * authenticated is read from the credential type, as in n8n.
 */
export class OneCredential extends ICredentialsHelper {
	/** How often a node has read the credential. */
	reads = 0;

	constructor(
		private readonly type: ICredentialType,
		/** Undefined plays a credential that was deleted. */
		public values: ICredentialDataDecryptedObject | undefined,
	) {
		super();
	}

	getParentTypes() {
		return [];
	}

	isCredentialUsableByNode() {
		return true;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		_typeName: string,
		request: IHttpRequestOptions,
		workflow: Workflow,
		node: INode,
	): Promise<IHttpRequestOptions> {
		const { properties } = this.type.authenticate as IAuthenticateGeneric;
		const headers = Object.entries(properties.headers ?? {}).map(([name, value]) => [
			name,
			workflow.expression.getSimpleParameterValue(node, value as string, 'internal', {
				$credentials: credentials,
			}),
		]);
		return { ...request, headers: { ...request.headers, ...Object.fromEntries(headers) } };
	}

	async preAuthentication() {
		return undefined;
	}

	async runPreAuthentication() {
		return undefined;
	}

	async getCredentials(): Promise<ICredentials> {
		throw new Error('Encrypted credentials are not played here');
	}

	async getDecrypted(): Promise<ICredentialDataDecryptedObject> {
		this.reads += 1;
		if (this.values === undefined) throw new Error('Credential with ID "1" does not exist.');
		return { ...this.values };
	}

	async updateCredentials() {}

	async updateCredentialsOauthTokenData() {}

	getCredentialsProperties() {
		return this.type.properties;
	}
}
