import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type {
	INodeExecutionData,
	INodeType,
	IWebhookResponseData,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

import { listenOnFreePort } from '../listen';
import type { NodeUnderTest } from './node';

type Http = Pick<IWorkflowExecuteAdditionalData, 'httpRequest' | 'httpResponse'>;

/**
 * HTTP server that passes every request to one trigger node, in n8n-core's webhook context, and
 * turns the result of `webhook()` into a response by n8n's rules (n8n, webhook-helpers,
 * `executeWebhook`).
 */
export class TriggerReceiver {
	/** The first output item of each execution that the trigger would have started. */
	readonly runs: INodeExecutionData[] = [];

	/** Errors that `webhook()` threw. It must not throw. */
	readonly thrown: unknown[] = [];

	private constructor(
		private readonly server: ReturnType<typeof createServer>,
		readonly url: string,
	) {}

	static async start(
		trigger: INodeType,
		node: () => NodeUnderTest,
		{ keepRawBody = true, isTest = false } = {},
	): Promise<TriggerReceiver> {
		const server = createServer(
			(request, response) =>
				void receiver.receive(trigger, node(), request, response, { keepRawBody, isTest }),
		);
		const port = await listenOnFreePort(server);
		const receiver = new TriggerReceiver(server, `http://127.0.0.1:${port}`);
		return receiver;
	}

	/** Sends a request with a signature, if any. @returns the status of the response */
	async post(body: string | Buffer, signature?: string): Promise<number> {
		const headers: Record<string, string> = signature ? { 'x-kliq-signature': signature } : {};
		return (await fetch(this.url, { method: 'POST', body, headers })).status;
	}

	async stop(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	private async receive(
		trigger: INodeType,
		node: NodeUnderTest,
		request: IncomingMessage,
		response: ServerResponse,
		{ keepRawBody, isTest }: { keepRawBody: boolean; isTest: boolean },
	) {
		try {
			const rawBody = await buffer(request);
			const express = asExpress(request, response, keepRawBody ? rawBody : undefined);
			const result = await trigger.webhook!.call(node.webhook(express, { isTest }));
			this.answer(result, response);
		} catch (error) {
			this.thrown.push(error);
			send(response, 500, { message: 'Error in workflow' });
		}
	}

	private answer(result: IWebhookResponseData, response: ServerResponse) {
		if (result.workflowData) {
			this.runs.push(result.workflowData[0][0]);
			send(response, 200);
		} else if (!result.noWebhookResponse) {
			send(response, 200, result.webhookResponse);
		}
	}
}

function asExpress(request: IncomingMessage, response: ServerResponse, rawBody?: Buffer): Http {
	const status = (code: number) => ({ json: (value: unknown) => send(response, code, value) });
	return {
		httpRequest: Object.assign(request, {
			rawBody,
			body: bodyByContentType(request.headers['content-type'], rawBody),
			params: {},
			query: {},
		}),
		httpResponse: Object.assign(response, { status }),
	} as unknown as Http;
}

/**
 * Parses a body as n8n does before it calls a trigger (n8n, body-parser), as far as the tests need.
 * Undefined for malformed JSON, which n8n itself rejects.
 */
function bodyByContentType(contentType = '', rawBody: Buffer = Buffer.alloc(0)): unknown {
	const [type, charset = 'utf-8'] = contentType.split(/; ?charset=/);
	const text = rawBody.toString(charset as BufferEncoding);
	if (type === 'application/x-www-form-urlencoded') {
		return Object.fromEntries(new URLSearchParams(text));
	}
	if (type !== 'application/json') return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function send(response: ServerResponse, status: number, value?: unknown) {
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(value === undefined ? '' : JSON.stringify(value));
}
