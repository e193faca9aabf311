import './setup';
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import {
	ExecuteContext,
	ExternalSecretsProxy,
	HookContext,
	LoadOptionsContext,
	TriggerContext,
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
	type ITriggerFunctions,
	type IWebhookData,
	type IWorkflowExecuteAdditionalData,
	type NodeExecutionHint,
	type OnError,
	type WorkflowActivateMode,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

import { KliqApi } from '../../../credentials/KliqApi.credentials';
import { InMemoryCredentials } from './credentials';

/** Options of a node under test. */
export interface NodeSetup {
	parameters: INodeParameters;
	/** Values of the node's credential; undefined: the credential was deleted. */
	credential: ICredentialDataDecryptedObject | undefined;
	/** Static data of the node. */
	staticData?: IDataObject;
	/** Base of n8n's webhook URLs (WEBHOOK_URL); default: http://127.0.0.1:5678. */
	publicUrl?: string;
	/** The node's webhook ID, part of the webhook URL; default: a random one. */
	webhookId?: string;
	/** The node's ID; default: one by the webhook ID. A process keeps by it what it remembers of a node. */
	nodeId?: string;
	workflowId?: string;
	/** ID of the node's credential; default: 1. */
	credentialId?: string;
	onError?: OnError;
}

/** How n8n has come to call `trigger()`. */
export interface TriggerSetup {
	isN8nV1?: boolean;
	/** Gets what n8n would run by cron. */
	crons?: Array<() => void>;
	activation?: WorkflowActivateMode;
	/** Gets the items with which the trigger starts the workflow. */
	emit?: ITriggerFunctions['emit'];
}

/** How n8n has come to run `execute()`: by hand unless told. */
export interface ExecutionSetup {
	mode?: WorkflowExecuteMode;
	executionId?: string;
}

/** One node in its own workflow, run in n8n-core's contexts. */
export class NodeUnderTest {
	readonly credentials: InMemoryCredentials;

	readonly workflow: Workflow;

	private readonly node: INode;

	private readonly publicUrl: string;

	constructor(
		private readonly nodeType: INodeType,
		{ parameters, credential, staticData, publicUrl, onError, ...ids }: NodeSetup,
	) {
		const { displayName, name } = nodeType.description;
		const { workflowId = 'workflow', webhookId = randomUUID() } = ids;
		const { nodeId = `node-${webhookId}`, credentialId = '1' } = ids;
		this.publicUrl = publicUrl ?? 'http://127.0.0.1:5678';
		this.credentials = new InMemoryCredentials(new KliqApi(), credential);
		this.node = {
			id: nodeId,
			webhookId,
			name: displayName,
			type: `n8n-nodes-kliq.${name}`,
			typeVersion: 1,
			position: [0, 0],
			parameters,
			credentials: { kliqApi: { id: credentialId, name: 'KLIQ' } },
			onError,
		};
		this.workflow = new Workflow({
			id: workflowId,
			nodes: [this.node],
			connections: {},
			active: false,
			nodeTypes: onlyNodeType(nodeType),
			staticData: staticData && { [`node:${displayName}`]: { ...staticData } },
		});
	}

	/** A copy of the node's static data. */
	get staticData(): IDataObject {
		return { ...this.workflow.getStaticData('node', this.node) };
	}

	/** Whether n8n would save the static data. */
	get staticDataChanged(): boolean {
		return Boolean(this.workflow.staticData.__dataChanged);
	}

	/** The production URL of the node's webhook. */
	get webhookUrl(): string {
		return this.hooks().getNodeWebhookUrl('default')!;
	}

	/** Context of `checkExists`, `create` and `delete`. */
	hooks({
		isTest = false,
		activation = isTest ? 'manual' : 'activate',
	}: { isTest?: boolean; activation?: WorkflowActivateMode } = {}): HookContext {
		const mode = isTest ? 'manual' : 'trigger';
		return new HookContext(this.workflow, this.node, this.additionalData(), mode, activation, {
			isTest,
		} as IWebhookData);
	}

	/**
	 * Context of `trigger()`, as n8n 2.x gives it; without `saveFailedExecution`, as n8n 1.x does.
	 *
	 * @param told gets the errors that the trigger reports: on n8n 1.x those of the executions that it
	 * starts to fail
	 */
	trigger(
		told: Error[],
		{ isN8nV1 = false, crons = [], activation = 'activate', emit }: TriggerSetup = {},
	): TriggerContext {
		const context = new TriggerContext(
			this.workflow,
			this.node,
			this.additionalData(),
			'trigger',
			activation,
			emit ??
				((data) => {
					if (!isN8nV1) throw new Error('n8n 2.x has saveFailedExecution for this');
					told.push(data[0][0].error as unknown as Error);
				}),
			() => {
				throw new Error('n8n 1.x would publish the whole workflow again');
			},
			(error) => told.push(error as Error),
			{ registerCron: (_cron, onTick) => crons.push(() => onTick(new Date())) },
		);
		if (isN8nV1) Reflect.deleteProperty(context, 'saveFailedExecution');
		return context;
	}

	/** Context of `webhook()` for an HTTP request and its response. */
	webhook(
		http: Pick<IWorkflowExecuteAdditionalData, 'httpRequest' | 'httpResponse'>,
		{ isTest = false } = {},
	) {
		const additionalData = { ...this.additionalData(), ...http };
		const webhookData = {} as IWebhookData;
		return new WebhookContext(
			this.workflow,
			this.node,
			additionalData,
			isTest ? 'manual' : 'webhook',
			webhookData,
			[],
			null,
		);
	}

	/** Context of `execute()` for the given input. */
	execution(
		input: INodeExecutionData[] = [{ json: {} }],
		abortSignal?: AbortSignal,
		{ mode = 'manual', executionId }: ExecutionSetup = {},
	) {
		const inputData = { main: [input] };
		return new ExecuteContext(
			this.workflow,
			this.node,
			{ ...this.additionalData(), executionId },
			mode,
			createEmptyRunExecutionData(),
			0,
			input,
			inputData,
			{ node: this.node, data: inputData, source: null },
			[],
			abortSignal,
		);
	}

	/** Context of list searches. */
	loadOptions(): LoadOptionsContext {
		return new LoadOptionsContext(this.workflow, this.node, this.additionalData(), '');
	}

	/** Runs `execute()`. @returns the items of its only output */
	async execute(
		input: INodeExecutionData[] = [{ json: {} }],
		abortSignal?: AbortSignal,
		setup?: ExecutionSetup,
	): Promise<INodeExecutionData[]> {
		const context = this.execution(input, abortSignal, setup);
		const output = (await this.nodeType.execute!.call(context)) as INodeExecutionData[][];
		return output[0];
	}

	/** Runs `execute()`. @returns the hints that it shows in the output panel */
	async hints(input: INodeExecutionData[] = [{ json: {} }]): Promise<NodeExecutionHint[]> {
		const context = this.execution(input);
		await this.nodeType.execute!.call(context);
		return context.hints;
	}

	/** Runs `execute()` with 'Continue (using error output)'. @returns both outputs, filled by n8n-core */
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
			throw new Error('Not supported when running a single node');
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
