import { NodeError, NodeOperationError, type IHookFunctions } from 'n8n-workflow';

import { getKliqCredentials } from '../transport/credentials';
import { cancellableSleep } from '../transport/retry/cancellableSleep';
import { idOf } from '../transport/entity';
import { isHttpUrl } from '../utils/url';
import { asSentence } from '../utils/redact';
import type { Subscription } from '../types';
import { createSubscription } from '../subscriptions/api';
import { asEvents } from '../subscriptions/events';
import { clearTriggerData, getTriggerData, saveTriggerData } from './staticData';
import { deleteAll, findByUrl } from '../subscriptions/ours';
import { isLoopback } from '../subscriptions/reachable';
import { hasEvents, isActive } from '../subscriptions/compare';
import { generateSecret } from '../subscriptions/secret';

const MAX_TRIES_AMONG_RIVALS = 5;

/** Some times what subscribing takes, so that of two rivals one is through before the other is back. */
const LONGEST_STEP_ASIDE_MS = 3_000;

/** Whatever a lost answer leaves at KLIQ has the trigger's URL, and goes when n8n tries again. */
const SAFELY = { cleansUp: true };

/**
 * Whether KLIQ holds exactly what the trigger needs: one subscription with its URL, live, for its
 * events, the one it remembers, with a secret it can still verify by. Changes nothing.
 *
 * @throws NodeApiError as `kliqRequest`
 */
export async function isSubscribed(context: IHookFunctions): Promise<boolean> {
	const { webhookId, secret } = getTriggerData(context);
	if (webhookId === undefined) return false;
	const { signingSecret } = await getKliqCredentials(context);
	if ((secret ?? signingSecret) === undefined) return false;

	const found = await findByUrl(context, webhookUrl(context));
	return (
		found.length === 1 &&
		idOf(found[0]) === webhookId &&
		isActive(found[0]) &&
		hasEvents(found[0], chosenEvents(context))
	);
}

/**
 * Subscribes, then ends every other subscription with the same URL, in this order so that no event
 * falls between them.
 *
 * @throws NodeOperationError when no event is chosen, KLIQ could never reach this n8n, or others keep
 * publishing the same trigger; NodeApiError as `kliqRequest`
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const url = webhookUrl(context);
	const events = chosenEvents(context);
	const { baseUrl, signingSecret } = await getKliqCredentials(context);
	refuseNoEvents(context, events);
	refuseUnreachable(context, url, baseUrl);

	const secret = signingSecret ?? generateSecret();
	for (let tries = 1; tries <= MAX_TRIES_AMONG_RIVALS; tries++) {
		const { id } = await createSubscription(context, { url, events, secret }, SAFELY);
		saveTriggerData(context, { webhookId: id, secret: signingSecret ? undefined : secret });
		if (await endOthers(context, url, id)) return;
		await cancellableSleep(context, Math.random() * LONGEST_STEP_ASIDE_MS * tries);
	}
	throw new NodeOperationError(context.getNode(), 'Another n8n keeps publishing this trigger', {
		description: 'Let only one n8n with this address (WEBHOOK_URL) run, then publish again',
	});
}

/**
 * Ends every subscription with the trigger's URL, remembered or not.
 *
 * @throws NodeOperationError that says what may be left at KLIQ, and why
 */
export async function unsubscribe(context: IHookFunctions): Promise<void> {
	const url = webhookUrl(context);
	const { webhookId } = getTriggerData(context);
	try {
		const found = await findByUrl(context, url);
		await deleteAll(context, found);
		if (webhookId !== undefined && !found.some((each) => idOf(each) === webhookId)) {
			warnOfMissing(context, webhookId);
		}
	} catch (error) {
		throw leftBehind(context, url, webhookId, error as Error);
	}
	clearTriggerData(context);
}

/**
 * Ends every other subscription with the same URL.
 *
 * @returns whether ours is left. If not, another n8n publishes the same trigger at this moment, and
 * the two have ended each other's: one of them must subscribe again, or KLIQ sends nobody anything.
 */
async function endOthers(context: IHookFunctions, url: string, id: string): Promise<boolean> {
	const isOurs = (each: Subscription) => idOf(each) === id;
	const others = (await findByUrl(context, url)).filter((each) => !isOurs(each));
	if (others.length === 0) return true;
	await deleteAll(context, others);
	return (await findByUrl(context, url)).some(isOurs);
}

/**
 * Moves all that an error says into its message: n8n's editor shows no description of what goes
 * wrong while publishing.
 *
 * @throws the error it is given
 */
export function sayAllInTheMessage(error: unknown): never {
	if (error instanceof NodeError && error.description) {
		error.message = `${asSentence(error.message)} ${error.description}`;
		error.description = undefined;
	}
	throw error;
}

function webhookUrl(context: IHookFunctions): string {
	const url = context.getNodeWebhookUrl('default');
	if (url === undefined) {
		throw new NodeOperationError(context.getNode(), 'n8n gave this trigger no webhook URL', {
			description: 'Delete the node, add KLIQ Trigger again and publish the workflow.',
		});
	}
	return url;
}

const chosenEvents = (context: IHookFunctions) => asEvents(context.getNodeParameter('events', []));

function refuseNoEvents(context: IHookFunctions, events: string[]): void {
	if (events.length > 0) return;
	throw new NodeOperationError(context.getNode(), 'No event is chosen in KLIQ Trigger', {
		description: 'Open the node and choose at least one under Events, then publish again',
	});
}

function refuseUnreachable(context: IHookFunctions, url: string, baseUrl: string): void {
	if (!isHttpUrl(url)) {
		throw new NodeOperationError(
			context.getNode(),
			`KLIQ cannot reach this n8n: its address is no web address (${url})`,
			{
				description:
					'Start n8n with the environment variable WEBHOOK_URL set to its whole address, beginning with https://, then publish again',
			},
		);
	}
	if (!isLoopback(url) || isLoopback(baseUrl)) return;
	throw new NodeOperationError(
		context.getNode(),
		`KLIQ cannot reach this n8n: its address is ${new URL(url).origin}, which only this machine knows`,
		{
			description:
				'Start n8n with the environment variable WEBHOOK_URL set to an address that the internet can reach, or with a tunnel such as ngrok or cloudflared in front of it, then publish again',
		},
	);
}

/** n8n shows nobody what goes wrong while unpublishing; its log holds the message. */
function leftBehind(
	context: IHookFunctions,
	url: string,
	webhookId: string | undefined,
	{ message }: Error,
): NodeOperationError {
	const named = webhookId === undefined ? '' : ` (${webhookId})`;
	return new NodeOperationError(
		context.getNode(),
		`KLIQ may still hold a webhook subscription${named} to ${url}: ${asSentence(message)} Delete it at KLIQ, or publish and unpublish the workflow once more with a KLIQ API credential that works. Left alone, KLIQ switches it off after five failed retries`,
	);
}

/** It was deleted at KLIQ, which is fine, or it is where the credential or n8n's address have changed since. */
function warnOfMissing(context: IHookFunctions, webhookId: string): void {
	context.logger.warn(
		`KLIQ Trigger "${context.getNode().name}" found no webhook subscription ${webhookId} with its URL at KLIQ. If the tenant in the credential or n8n's address (WEBHOOK_URL) has changed since the workflow was published, it is still there: delete it at KLIQ`,
	);
}
