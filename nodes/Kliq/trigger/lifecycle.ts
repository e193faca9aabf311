import { NodeError, sleep, type IHookFunctions, type NodeOperationError } from 'n8n-workflow';

import { createSubscription, deleteAll, findByUrl, generateSecret } from '../subscriptions/api';
import { hasEvents, isActive } from '../subscriptions/compare';
import { parseEvents } from '../subscriptions/events';
import { kliqClient, type KliqClient } from '../transport/client';
import { idOf } from '../transport/entity';
import type { Subscription } from '../types';
import { operationError } from '../utils/nodeErrors';
import { redactSecrets } from '../utils/redact';
import { asSentence, toSingleLine } from '../utils/text';
import { isHttpUrl, isLoopbackUrl, withoutUserInfo } from '../utils/url';
import { clearTriggerData, getTriggerData, saveTriggerData } from './staticData';

const MAX_ATTEMPTS_AGAINST_RIVALS = 5;

/** Several times what subscribing takes, so that one of two rivals has finished before the other retries. */
const MAX_RIVAL_BACKOFF_MS = 3_000;

/** A lost response may leave a subscription with the trigger's URL, which the next attempt deletes. */
const CALLER_CLEANS_UP = { callerCleansUp: true };

/**
 * True if KLIQ holds exactly what the trigger needs: one subscription with its URL, active, for its
 * events, with the stored ID, and a secret to verify with. Changes nothing.
 *
 * @throws NodeApiError as `kliqApiRequest`
 */
export async function isSubscribed(context: IHookFunctions): Promise<boolean> {
	const { webhookId, secret } = getTriggerData(context);
	if (webhookId === undefined) return false;
	const kliq = await kliqClient(context);
	if ((secret ?? kliq.credentials.signingSecret) === undefined) return false;

	const found = await findByUrl(kliq, getWebhookUrl(context));
	return (
		found.length === 1 &&
		idOf(found[0]) === webhookId &&
		isActive(found[0]) &&
		hasEvents(found[0], getEvents(context))
	);
}

/**
 * Creates a subscription, then deletes every other one with the same URL. In this order there is no
 * moment without one.
 *
 * Assumption: KLIQ-SUB-SAME-URL.
 *
 * @throws NodeOperationError if no event is chosen, KLIQ cannot reach this n8n, or other n8n instances
 * keep publishing the same trigger; NodeApiError as `kliqApiRequest`
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const url = getWebhookUrl(context);
	const events = getEvents(context);
	const kliq = await kliqClient(context);
	assertEventsChosen(kliq, events);
	assertReachable(kliq, url);

	const { signingSecret } = kliq.credentials;
	const secret = signingSecret ?? generateSecret();
	for (let attempts = 1; attempts <= MAX_ATTEMPTS_AGAINST_RIVALS; attempts++) {
		const { id } = await createSubscription(kliq, { url, events, secret }, CALLER_CLEANS_UP);
		saveTriggerData(context, { webhookId: id, secret: signingSecret ? undefined : secret });
		if (await deleteOthers(kliq, url, id)) return;
		await sleep(Math.random() * MAX_RIVAL_BACKOFF_MS * attempts);
	}
	throw kliq.operationError(
		'Another n8n keeps publishing this trigger',
		'Let only one n8n with this address (WEBHOOK_URL) run, then publish again',
	);
}

/**
 * Deletes every subscription with the trigger's URL, stored or not.
 *
 * @throws NodeOperationError that says what may be left at KLIQ, and why
 */
export async function unsubscribe(context: IHookFunctions): Promise<void> {
	const url = getWebhookUrl(context);
	const { webhookId } = getTriggerData(context);
	try {
		const kliq = await kliqClient(context);
		const found = await findByUrl(kliq, url);
		await deleteAll(kliq, found);
		if (webhookId !== undefined && !found.some((each) => idOf(each) === webhookId)) {
			logMissingSubscription(context, webhookId);
		}
	} catch (error) {
		throw leftBehind(context, url, webhookId, error as Error);
	}
	clearTriggerData(context);
}

/**
 * Deletes every other subscription with the same URL.
 *
 * Assumption: KLIQ-SUB-LAG.
 *
 * @returns false if our own is gone as well: another n8n instance publishes the same trigger at this
 * moment, and each has deleted the other's. One of them must subscribe again.
 */
async function deleteOthers(kliq: KliqClient, url: string, id: string): Promise<boolean> {
	const isOwn = (subscription: Subscription) => idOf(subscription) === id;
	const others = (await findByUrl(kliq, url)).filter((subscription) => !isOwn(subscription));
	if (others.length === 0) return true;
	await deleteAll(kliq, others);
	return (await findByUrl(kliq, url)).some(isOwn);
}

/**
 * Moves the description of an error into its message, because n8n's editor shows only the message of
 * an error in a lifecycle method.
 *
 * @throws the given error
 */
export function throwWithFullMessage(error: unknown): never {
	if (error instanceof NodeError && error.description) {
		error.message = `${asSentence(error.message)} ${error.description}`;
		error.description = undefined;
	}
	throw error;
}

function getWebhookUrl(context: IHookFunctions): string {
	const url = context.getNodeWebhookUrl('default');
	if (url !== undefined) return url;
	throw operationError(
		{ node: context.getNode() },
		'n8n gave this trigger no webhook URL',
		'Delete the node, add KLIQ Trigger again and publish the workflow.',
	);
}

const getEvents = (context: IHookFunctions) => parseEvents(context.getNodeParameter('events', []));

function assertEventsChosen(kliq: KliqClient, events: string[]): void {
	if (events.length > 0) return;
	throw kliq.operationError(
		'No event is chosen in KLIQ Trigger',
		'Open the node and choose at least one under Events, then publish again',
	);
}

/** A local KLIQ (the base URL is a loopback URL, too) can reach a local n8n. */
function assertReachable(kliq: KliqClient, url: string): void {
	if (!isHttpUrl(url) || /[\s?#]/.test(url)) {
		throw kliq.operationError(
			`KLIQ cannot reach this n8n: its address is no web address (${toSingleLine(withoutUserInfo(url))})`,
			'Start n8n with the environment variable WEBHOOK_URL set to its whole address, beginning with https://, then publish again',
		);
	}
	if (!isLoopbackUrl(url) || isLoopbackUrl(kliq.credentials.baseUrl)) return;
	throw kliq.operationError(
		`KLIQ cannot reach this n8n: its address is ${new URL(url).origin}, which only this machine knows`,
		'Start n8n with the environment variable WEBHOOK_URL set to an address that the internet can reach, or with a tunnel such as ngrok or cloudflared in front of it, then publish again',
	);
}

/** n8n shows no error of unpublishing in the editor; its log holds the message. */
function leftBehind(
	context: IHookFunctions,
	url: string,
	webhookId: string | undefined,
	{ message }: Error,
): NodeOperationError {
	const id = webhookId === undefined ? '' : ` (${redactSecrets(webhookId, [])})`;
	return operationError(
		{ node: context.getNode() },
		`KLIQ may still hold a webhook subscription${id} to ${withoutUserInfo(url)}: ${asSentence(message)} Delete it at KLIQ, or publish and unpublish the workflow once more with a KLIQ API credential that works. Left alone, KLIQ switches it off after five failed retries`,
	);
}

/** It was deleted at KLIQ, or the credential's tenant or n8n's address have changed since it was made. */
function logMissingSubscription(context: IHookFunctions, webhookId: string): void {
	context.logger.warn(
		`KLIQ Trigger "${context.getNode().name}" found no webhook subscription ${redactSecrets(webhookId, [])} with its URL at KLIQ. If the tenant in the credential or n8n's address (WEBHOOK_URL) has changed since the workflow was published, it is still there: delete it at KLIQ`,
	);
}
