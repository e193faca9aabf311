import {
	fromParameter,
	NodeConnectionTypes,
	webhookDescriptionFields,
	type IExecuteFunctions,
	type IHookFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { EVENT_OPTIONS } from './subscriptions/events';
import { verifyDelivery } from './trigger/delivery/verifyDelivery';
import { OPTIONS_FIELD } from './trigger/output/options';
import { outputEvent } from './trigger/output/outputEvent';
import {
	isSubscribed,
	publishAgainAdvice,
	subscribe,
	throwWithFullMessage,
	unsubscribe,
} from './trigger/subscription/lifecycle';
import { probeAnswer, REFUSAL } from './trigger/subscription/probe';
import { startHealthChecks } from './trigger/subscription/schedule';
import { isN8nV1 } from './utils/n8nVersion';

/**
 * The one chosen event, or how many; the canvas shows some 25 characters. An expression may give the
 * events as text with commas.
 */
const SUBTITLE = `={{ ((events) => events.length > 1
	? events.length + " events"
	: (events[0] ?? "no event chosen").replaceAll(".", " ").replace("cv ", "CV ")
)([$parameter["events"]].flat().join(",").split(",").map((event) => event.trim()).filter((event) => event)) }}`;

/** The response mode is the parameter Respond. n8n 2.x reads it without its expression engine. */
const RESPONSE_MODE = isN8nV1()
	? { responseMode: '={{ $parameter["respond"] }}' }
	: webhookDescriptionFields({ responseMode: fromParameter('respond') });

/** The trigger node: starts a workflow for each event whose signature it has verified. */
export class KliqTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'KLIQ Trigger',
		name: 'kliqTrigger',
		icon: { light: 'file:../../icons/kliq.svg', dark: 'file:../../icons/kliq.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: SUBTITLE,
		description: 'Starts the workflow when something happens at KLIQ',
		eventTriggerDescription: 'Waiting for KLIQ to send an event of the types you chose',
		activationMessage:
			'KLIQ Trigger now subscribes at KLIQ to the events you chose. If that does not work, a failed execution of this workflow tells you why.',
		builderHint: {
			searchHint:
				'Use it instead of polling KLIQ. Publishing subscribes at KLIQ with the webhook URL and a derived secret, and every signature is verified: never ask for a webhook URL, a secret or a subscription, and add no Webhook node. Ask the user for one KLIQ API credential and nothing else.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-kliq.kliq',
					relationHint: 'Gets an event’s observation, starts CV jobs',
				},
			],
		},
		defaults: { name: 'KLIQ Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'kliqApi', required: true }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				...RESPONSE_MODE,
				responseData: 'noData',
				path: 'webhook',
			},
		],
		properties: [
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				default: [],
				options: EVENT_OPTIONS,
				description: 'What has to happen at KLIQ for the workflow to start',
			},
			{
				displayName: 'Respond',
				name: 'respond',
				type: 'options',
				default: 'onReceived',
				options: [
					{
						name: 'Immediately',
						value: 'onReceived',
						description: 'Tell KLIQ as soon as n8n has received the event',
					},
					{
						name: 'When Last Node Finishes',
						value: 'lastNode',
						description:
							'Tell KLIQ when the workflow has succeeded; if it fails, KLIQ sends the event again',
					},
				],
				description:
					// Assumption KLIQ-EVENT-REPEAT (docs/kliq-assumptions.md).
					'When to confirm the event to KLIQ. With “When Last Node Finishes”, KLIQ waits 30 seconds for the workflow. If it fails or takes longer, KLIQ sends the event again after 1 minute, 5 minutes, 30 minutes, 2 hours and 24 hours; after five failed retries in a row it switches the subscription off. So choose it for short workflows.',
			},
			OPTIONS_FIELD,
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await isSubscribed(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				await subscribe(this).catch((error) =>
					throwWithFullMessage(error, publishAgainAdvice(this)),
				);
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				await unsubscribe(this).catch((error) => throwWithFullMessage(error));
				return true;
			},
		},
	};

	/** Looks after the subscription while the workflow is published. Starts no execution. */
	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return startHealthChecks(this);
	}

	/** Without it, n8n would run a test event by `trigger()` and wait for ever. */
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await outputEvent(this)];
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const decision = await verifyDelivery(this);
		if (decision.action === 'run') {
			return { workflowData: [[{ json: decision.event }]] };
		}

		if (decision.action === 'answerProbe') {
			return { webhookResponse: probeAnswer(this.getNodeWebhookUrl('default')) };
		}
		const { name } = this.getNode();
		if (decision.action === 'ignore') {
			const level = decision.isWanted ? 'info' : 'warn';
			this.logger[level](`KLIQ Trigger "${name}" ignored an event from KLIQ: ${decision.reason}`);
			return { webhookResponse: { received: true, ignored: decision.reason } };
		}

		this.logger.warn(`KLIQ Trigger "${name}" refused a request: ${decision.reason}`);
		this.getResponseObject().status(401).json(REFUSAL);
		return { noWebhookResponse: true };
	}
}
