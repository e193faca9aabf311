import './setup';
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import {
	ExecuteContext,
	ExternalSecretsProxy,
	HookContext,
	LoadOptionsContext,
	WebhookContext,
	WorkflowExecute,
} from 'n8n-core';
import {
	createEmptyRunExecutionData,
	Workflow,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type INodeTypes,
	type IWebhookData,
	type IWorkflowExecuteAdditionalData,
	type OnError,
} from 'n8n-workflow';

import { KliqApi } from '../../../credentials/KliqApi.credentials';
import { OneCredential } from './credentials';

/** What a test says about the node it wants to run. */
export interface NodeSetUp {
	parameters: INodeParameters;
	/** Values of the node's credential; undefined plays a credential that was deleted. */
	credential: ICredentialDataDecryptedObject | undefined;
	/** What the node remembers. */
	staticData?: IDataObject;
	/** Where this n8n says that its webhooks are. */
	publicUrl?: string;
	/** What the webhook's URL is made from; a random one unless told. */
	webhookId?: string;
	onError?: OnError;
}

/** One node in a workflow of its own, with n8n-core's contexts to run it in. */
export class NodeUnderTest {
	readonly credentials: OneCredential;

	readonly workflow: Workflow;

	private readonly node: INode;

	private readonly publicUrl: string;

	constructor(
		private readonly nodeType: INodeType,
		{ parameters, credential, staticData, publicUrl, webhookId, onError }: NodeSetUp,
	) {
		const { displayName, name } = nodeType.description;
		this.publicUrl = publicUrl ?? 'http://127.0.0.1:5678';
		this.credentials = new OneCredential(new KliqApi(), credential);
		this.node = {
			id: randomUUID(),
			webhookId: webhookId ?? randomUUID(),
			name: displayName,
			type: `n8n-nodes-kliq.${name}`,
			typeVersion: 1,
			position: [0, 0],
			parameters,
			credentials: { kliqApi: { id: '1', name: 'KLIQ' } },
			onError,
		};
		this.workflow = new Workflow({
			id: 'workflow',
			nodes: [this.node],
			connections: {},
			active: false,
			nodeTypes: onlyNodeType(nodeType),
			staticData: staticData && { [`node:${displayName}`]: staticData },
		});
	}

	/** What the node remembers between calls, by value. */
	get memory(): IDataObject {
		return { ...this.workflow.getStaticData('node', this.node) };
	}

	/** Whether n8n would write the static data back. */
	get memoryChanged(): boolean {
		return Boolean(this.workflow.staticData.__dataChanged);
	}

	/** The production URL of the node's webhook. */
	get webhookUrl(): string {
		return this.hooks().getNodeWebhookUrl('default')!;
	}

	/** Context of `checkExists`, `create` and `delete`. */
	hooks({ isTest = false } = {}): HookContext {
		const mode = isTest ? 'manual' : 'trigger';
		return new HookContext(
			this.workflow,
			this.node,
			this.additionalData(),
			mode,
			isTest ? 'manual' : 'activate',
			{ isTest } as IWebhookData,
		);
	}

	/** Context of `webhook()`; request and response come in `http`. */
	webhook(http: Pick<IWorkflowExecuteAdditionalData, 'httpRequest' | 'httpResponse'>) {
		const additionalData = { ...this.additionalData(), ...http };
		const webhookData = {} as IWebhookData;
		return new WebhookContext(
			this.workflow,
			this.node,
			additionalData,
			'webhook',
			webhookData,
			[],
			null,
		);
	}

	/** Context of `execute()` for the given input. */
	execution(input: INodeExecutionData[] = [{ json: {} }], abortSignal?: AbortSignal) {
		const inputData = { main: [input] };
		return new ExecuteContext(
			this.workflow,
			this.node,
			this.additionalData(),
			'manual',
			createEmptyRunExecutionData(),
			0,
			input,
			inputData,
			{ node: this.node, data: inputData, source: null },
			[],
			abortSignal,
		);
	}

	/** Context of the drop-down lists. */
	loadOptions(): LoadOptionsContext {
		return new LoadOptionsContext(this.workflow, this.node, this.additionalData(), '');
	}

	/** Runs `execute()` and gives the items of its one output. */
	async execute(
		input: INodeExecutionData[] = [{ json: {} }],
		abortSignal?: AbortSignal,
	): Promise<INodeExecutionData[]> {
		const context = this.execution(input, abortSignal);
		const output = (await this.nodeType.execute!.call(context)) as INodeExecutionData[][];
		return output[0];
	}

	/** Runs `execute()` under 'Continue (using error output)' and gives both outputs, as n8n fills them. */
	async executeWithErrorOutput(
		input: INodeExecutionData[],
	): Promise<{ success: INodeExecutionData[]; error: INodeExecutionData[] }> {
		const outputs = [await this.execute(input), []];
		const executionData = { node: this.node, data: { main: [input] }, source: null };
		const engine = new WorkflowExecute(this.additionalData(), 'manual');
		engine.handleNodeErrorOutput(this.workflow, executionData, outputs, 0);
		const [success, error] = outputs;
		return { success, error };
	}

	private additionalData(): IWorkflowExecuteAdditionalData {
		const unused = () => {
			throw new Error('Not part of running one node');
		};
		return {
			credentialsHelper: this.credentials,
			externalSecretsProxy: new ExternalSecretsProxy(),
			currentNodeExecutionIndex: 0,
			executeWorkflow: unused,
			getRunExecutionData: unused,
			getRuntimeCredential: unused,
			logAiEvent: unused,
			startRunnerTask: unused,
			variables: {},
			instanceBaseUrl: this.publicUrl,
			restApiUrl: `${this.publicUrl}/rest`,
			webhookBaseUrl: `${this.publicUrl}/webhook`,
			webhookTestBaseUrl: `${this.publicUrl}/webhook-test`,
			webhookWaitingBaseUrl: `${this.publicUrl}/webhook-waiting`,
			formBaseUrl: `${this.publicUrl}/form`,
			formTestBaseUrl: `${this.publicUrl}/form-test`,
			formWaitingBaseUrl: `${this.publicUrl}/form-waiting`,
			mcpBaseUrl: `${this.publicUrl}/mcp`,
			mcpTestBaseUrl: `${this.publicUrl}/mcp-test`,
		};
	}
}

function onlyNodeType(nodeType: INodeType): INodeTypes {
	return {
		getByName: () => nodeType,
		getByNameAndVersion: () => nodeType,
		getKnownTypes: () => ({}),
	};
}
