import {
	ICredentialsHelper,
	UserError,
	type ICredentialDataDecryptedObject,
	type ICredentials,
	type ICredentialsExpressionResolveValues,
	type ICredentialType,
	type IExecuteData,
	type IHttpRequestOptions,
	type INodeCredentialsDetails,
	type INodeParameters,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

/**
 * n8n's credentials helper without a database: every credential has the same type and values.
 * A request is authenticated by the credential type's function, as in n8n.
 */
export class InMemoryCredentials extends ICredentialsHelper {
	/** Number of times that a node has read the credential. */
	reads = 0;

	/** Why n8n cannot read the credential. */
	failure?: Error;

	constructor(
		private readonly type: ICredentialType,
		/** Undefined: the credential was deleted. */
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
	): Promise<IHttpRequestOptions> {
		const authenticate = this.type.authenticate as ICredentialType['authenticate'];
		if (typeof authenticate !== 'function') throw new Error('Only functions are supported here');
		return await authenticate(credentials, request);
	}

	async preAuthentication() {
		return undefined;
	}

	async runPreAuthentication() {
		return undefined;
	}

	async getCredentials(): Promise<ICredentials> {
		throw new Error('Encrypted credentials are not supported here');
	}

	async getDecrypted(
		_additionalData: IWorkflowExecuteAdditionalData,
		_nodeCredentials: INodeCredentialsDetails,
		_type: string,
		mode: WorkflowExecuteMode,
		executeData?: IExecuteData,
		_raw?: boolean,
		item?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		this.reads += 1;
		if (this.failure !== undefined) throw this.failure;
		if (this.values === undefined) {
			throw new UserError('Credential with ID "1" does not exist for type "kliqApi".');
		}
		if (item === undefined) return { ...this.values };
		// n8n evaluates expressions for the item (n8n, credentials-helper, applyDefaultsAndOverwrites).
		return item.workflow.expression.getParameterValue(
			this.values as INodeParameters,
			item.runExecutionData,
			item.runIndex,
			item.itemIndex,
			item.node.name,
			item.connectionInputData,
			mode,
			{},
			executeData,
		) as ICredentialDataDecryptedObject;
	}

	async updateCredentials() {}

	async updateCredentialsOauthTokenData() {}

	getCredentialsProperties() {
		return this.type.properties;
	}
}
