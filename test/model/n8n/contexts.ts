import type {
	IHttpRequestOptions,
	IRequestOptionsSimplifiedAuth,
	IDataObject,
	INodeExecutionData,
	WorkflowActivateMode,
} from 'n8n-workflow';

import { NodeUnderTest } from '../../support/n8nCore/node';
import type { TriggerRow, WorkflowRow } from './database';
import type { Process } from './process';
import type { Surroundings } from './surroundings';

/** A trigger as one process runs it. */
export interface Running {
	readonly process: Process;
	readonly workflow: WorkflowRow;
	readonly trigger: TriggerRow;
	readonly node: NodeUnderTest;
}

type Context = ReturnType<NodeUnderTest['hooks' | 'trigger' | 'webhook']>;

/** How requests to KLIQ carry the credential that was read for them. */
interface RequestCredentials {
	credentialsDecrypted?: { data?: IDataObject };
}

/** Makes n8n-core's contexts of the triggers, whose requests reach the model's KLIQ and other n8n. */
export class Contexts {
	constructor(private readonly world: Surroundings) {}

	/** The node of a trigger, with the given static data. */
	load(
		process: Process,
		workflow: WorkflowRow,
		trigger: TriggerRow,
		staticData = trigger.staticData,
	): Running {
		const { world } = this;
		const node = new NodeUnderTest(process.nodeType, {
			parameters: { events: trigger.events, respond: 'onReceived' },
			credential: {},
			staticData,
			publicUrl: process.address,
			webhookId: trigger.webhookId,
			nodeId: trigger.nodeId,
			workflowId: workflow.id,
		});
		Object.defineProperty(node.credentials, 'values', { get: () => world.credential });
		return { process, workflow, trigger, node };
	}

	/** Calls a lifecycle method. */
	async call(
		running: Running,
		method: 'checkExists' | 'create' | 'delete',
		activation: WorkflowActivateMode,
	): Promise<boolean> {
		const { process, node } = running;
		const context = this.connect(running, node.hooks({ activation }));
		return await process.nodeType.webhookMethods!.default![method]!.call(context);
	}

	/** Calls `trigger()`. @returns its close function and what its cron runs */
	async startTrigger(
		running: Running,
		{
			activation,
			isN8nV1,
			onError,
		}: {
			activation: WorkflowActivateMode;
			isN8nV1: boolean;
			/** n8n 1.x: the trigger has called `emitError`. */
			onError: () => void;
		},
	) {
		const { process, trigger, node } = running;
		const tell = (message: string) => this.world.tell(process, trigger, message);
		const push = (error: Error) => {
			if (process.isDead) return;
			tell(error.message);
			if (isN8nV1) onError();
		};
		const emit = ([[item]]: INodeExecutionData[][]) => {
			const { error } = item.json as { error?: { message: string } };
			if (!process.isDead) tell(String((error ?? item.error)?.message));
		};
		const crons: Array<() => void> = [];
		const told = { push } as unknown as Error[];
		const context = node.trigger(told, { isN8nV1, crons, activation, emit });
		const response = await process.nodeType.trigger!.call(this.connect(running, context));
		return { crons, close: async () => await response?.closeFunction?.() };
	}

	/** Calls `webhook()`. @returns its response, by n8n's rules */
	async receive(running: Running, rawBody: Buffer, headers: Record<string, string>) {
		const response = { statusCode: 200, body: {} as unknown };
		const httpResponse = {
			status: (statusCode: number) => ({
				json: (body: unknown) => Object.assign(response, { statusCode, body }),
			}),
		};
		const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
		const httpRequest = {
			rawBody,
			headers: Object.fromEntries(lowerCase) as Record<string, string>,
			body: JSON.parse(rawBody.toString()) as unknown,
			params: {},
			query: {},
			method: 'POST',
		};
		type Http = Parameters<NodeUnderTest['webhook']>[0];
		const http = { httpRequest, httpResponse } as unknown as Http;
		const context = this.connect(running, running.node.webhook(http));
		const result = await running.process.nodeType.webhook!.call(context);
		if (!result.noWebhookResponse) response.body = result.webhookResponse ?? {};
		return { ...response, isRun: result.workflowData !== undefined };
	}

	private connect<T extends Context>({ process, trigger }: Running, context: T): T {
		const { world } = this;
		Object.assign(context.helpers, {
			httpRequestWithAuthentication: async (
				_type: string,
				request: IHttpRequestOptions,
				more?: IRequestOptionsSimplifiedAuth & RequestCredentials,
			) => {
				const fields = more?.credentialsDecrypted?.data ?? world.credential;
				return await world.kliq.handle(process, request, String(fields.apiKey));
			},
			httpRequest: async (request: IHttpRequestOptions) => await world.ask(process, request),
		});
		const log = (line: string) => {
			if (!process.isDead) world.trace(`log ${process.name} ${trigger.name}: ${line}`);
		};
		const logger = { debug: log, info: log, warn: log, error: log };
		Object.defineProperty(context, 'logger', { value: logger });
		return context;
	}
}
