import { NodeError, sleep, type IHookFunctions, type NodeOperationError } from 'n8n-workflow';

import { createSubscription, findByUrl } from '../subscriptions/api';
import { hasEvents, isActive } from '../subscriptions/compare';
import { fingerprintOf } from '../subscriptions/secret';
import { kliqClient, type KliqClient } from '../transport/client';
import { idOf } from '../transport/entity';
import { parseNameList } from '../utils/nameList';
import { operationError } from '../utils/nodeErrors';
import { redactSecrets } from '../utils/redact';
import { asSentence, toSingleLine } from '../utils/text';
import { withoutUserInfo } from '../utils/url';
import { withinPublication } from './publicationBudget';
import { explainUnreachable } from './reachable';
import { secretCacheOf, signingSecretOf } from './signingSecret';
import { clearTriggerData, getTriggerData, saveTriggerData } from './staticData';
import { forgetState, stateOf, type SubscriptionState } from './subscriptionState';

/** Two instances that publish the same trigger at the same time may delete each other's subscription. */
const MAX_ATTEMPTS_AGAINST_RIVALS = 3;

const MAX_RIVAL_BACKOFF_MS = 1_000;

/** How long a lifecycle method waits for the end of a health check. */
const MAX_WAIT_FOR_CHECK_MS = 5_000;

/** n8n 1.x reactivates a workflow a second after an error (`WORKFLOW_REACTIVATE_INITIAL_TIMEOUT`). */
const MAX_WAIT_FOR_REACTIVATION_MS = 3_000;

/** A lost response may leave a subscription with the trigger's URL, which the next attempt deletes. */
const CALLER_CLEANS_UP = { callerCleansUp: true };

/**
 * True if the trigger need not subscribe. Changes nothing at KLIQ.
 *
 * When n8n starts or a main becomes the leader, the answer is true without a request: n8n answers a
 * throw, or a `create` that fails, by deleting the subscription. The health check looks soon after.
 * Otherwise KLIQ must hold exactly what the trigger needs: one subscription with its URL, with the
 * remembered ID, active, for its events, and with its secret.
 *
 * @throws NodeApiError as `kliqApiRequest`
 */
export async function isSubscribed(context: IHookFunctions): Promise<boolean> {
	const url = getWebhookUrl(context);
	const state = stateOf(url);
	if (state.isReactivating) {
		state.endReactivation();
		const isUnpublishing = state.publishedBy === undefined;
		if (isUnpublishing) return true;
		// n8n may have reactivated the workflow with static data from before the health check.
		if (state.current !== undefined) {
			const { id: webhookId, fingerprint } = state.current;
			saveTriggerData(context, { webhookId, url, fingerprint });
		}
		state.publishedBy = workflowIdOf(context);
		return true;
	}
	if (['init', 'leadershipChange'].includes(context.getActivationMode())) {
		rememberUrl(context, url);
		state.publishedBy = workflowIdOf(context);
		return true;
	}
	const isThere = await withinPublication(
		url,
		'checkExists',
		async (options) => await isInOrder(context, url, await kliqClient(context, options)),
	);
	state.publishedBy = isThere ? workflowIdOf(context) : undefined;
	state.hasBeenListed ||= isThere;
	return isThere;
}

/**
 * Creates a subscription, then deletes every other one with the same URL. In this order there is no
 * moment without one. Whatever cannot be deleted is left to the health check.
 *
 * Assumption: KLIQ-SUB-SAME-URL.
 *
 * @throws NodeOperationError if no event is chosen or KLIQ cannot reach this n8n; NodeApiError as
 * `kliqApiRequest`
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const url = getWebhookUrl(context);
	const state = stateOf(url);
	await withinPublication(url, 'create', async (options) => {
		const kliq = await kliqClient(context, options);
		assertEventsChosen(kliq, getEvents(context));
		const unreachable = explainUnreachable(url, kliq.credentials.baseUrl);
		if (unreachable !== undefined) {
			const { message, description } = unreachable;
			throw kliq.operationError(message, `${description}, then publish again`);
		}
		await state.runNext(
			async () => await replaceAll(context, kliq, url, state),
			MAX_WAIT_FOR_CHECK_MS,
		);
	});
	state.publishedBy = workflowIdOf(context);
}

/**
 * Deletes the remembered subscription and every other one with the trigger's URL. The remembered one
 * first, by its ID: a list may lag, fail, or write the URL another way. Deletes nothing where another
 * workflow is published with the URL: n8n 1.x refuses to publish a second one, and tidies up after it
 * by this method.
 *
 * @throws NodeOperationError that says what may be left at KLIQ, and why
 */
export async function unsubscribe(context: IHookFunctions): Promise<void> {
	const url = getWebhookUrl(context);
	const state = stateOf(url);
	if (state.publishedBy !== undefined && state.publishedBy !== workflowIdOf(context)) return;
	state.publishedBy = undefined;
	state.generation += 1;
	// n8n 1.x cancels a reactivation only after this method (`ActiveWorkflowManager.remove`): one that
	// came during it or later would subscribe again.
	await state.untilReactivated(MAX_WAIT_FOR_REACTIVATION_MS);
	await withinPublication(url, 'delete', async (options) => {
		await state.runNext(async () => {
			const ids = new Set([...rememberedIds(context), ...state.ownIds]);
			for (const id of state.deletedIds) ids.delete(id);
			try {
				await deleteEverything(context, await kliqClient(context, options), state, { url, ids });
			} catch (error) {
				const left = [...ids].filter((id) => !state.deletedIds.has(id));
				throw leftBehind(context, url, left, error as Error);
			}
		}, MAX_WAIT_FOR_CHECK_MS);
	});
	clearTriggerData(context);
	forgetState(url);
}

/** @param ids of the subscriptions that are known */
async function deleteEverything(
	context: IHookFunctions,
	kliq: KliqClient,
	state: SubscriptionState,
	{ url, ids }: { url: string; ids: Set<string> },
): Promise<void> {
	const known = await settle(state.delete(kliq, ids));
	const listed = (await findByUrl(kliq, url)).map(idOf);
	const left = listed.filter((id) => !state.deletedIds.has(id) && !ids.has(id));
	await state.delete(kliq, left);
	if ('error' in known) throw known.error;
	// A health check may have replaced the one that n8n remembers; then another one was there.
	const { value: missing } = known;
	const isNoneThere = missing.length === ids.size && left.length === 0;
	if (isNoneThere && missing.length > 0) logMissing(context, missing);
}

/** The outcome of work as a value. */
const settle = async <T>(work: Promise<T>): Promise<{ value: T } | { error: unknown }> =>
	await work.then(
		(value) => ({ value }),
		(error: unknown) => ({ error }),
	);

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

async function isInOrder(context: IHookFunctions, url: string, kliq: KliqClient): Promise<boolean> {
	const { webhookId, fingerprint } = getTriggerData(context);
	const { apiKey } = kliq.credentials;
	const secret = signingSecretOf(kliq.credentials, context.getNode());
	if (webhookId === undefined || fingerprint !== fingerprintOf(secret, apiKey)) return false;

	const found = await findByUrl(kliq, url);
	return (
		found.length === 1 &&
		idOf(found[0]) === webhookId &&
		isActive(found[0]) &&
		hasEvents(found[0], getEvents(context))
	);
}

async function replaceAll(
	context: IHookFunctions,
	kliq: KliqClient,
	url: string,
	state: SubscriptionState,
): Promise<void> {
	const secret = signingSecretOf(kliq.credentials, context.getNode());
	const fingerprint = fingerprintOf(secret, kliq.credentials.apiKey);
	const subscription = { url, events: getEvents(context), secret };
	// KLIQ may deliver before it has answered.
	secretCacheOf(context).latest = secret;
	for (let attempts = 1; attempts <= MAX_ATTEMPTS_AGAINST_RIVALS; attempts++) {
		const earlier = new Set([...rememberedIds(context), ...state.ownIds]);
		const { id } = await createSubscription(kliq, subscription, CALLER_CLEANS_UP);
		earlier.delete(id);
		state.made({ id, url, fingerprint });
		state.healthyAt = Date.now();
		saveTriggerData(context, { webhookId: id, url, fingerprint });
		try {
			if (await deleteOthers(kliq, state, { url, id, earlier })) return;
		} catch (error) {
			const { name } = context.getNode();
			context.logger.warn(
				`KLIQ Trigger "${name}" has subscribed, but could not look for earlier subscriptions of its own: ${(error as Error).message}`,
			);
			return;
		}
		await sleep(Math.random() * MAX_RIVAL_BACKOFF_MS * attempts);
	}
}

/**
 * Deletes every other subscription with the URL that a current list shows, and those that were made
 * earlier, listed or not.
 *
 * Assumption: KLIQ-SUB-LAG.
 *
 * @returns false if a list has shown our own and the next one does not: another n8n instance publishes
 * the same trigger at this moment, and each has deleted the other's. One of them must subscribe again.
 */
async function deleteOthers(
	kliq: KliqClient,
	state: SubscriptionState,
	{ url, id, earlier }: { url: string; id: string; earlier: Set<string> },
): Promise<boolean> {
	const listed = (await findByUrl(kliq, url)).map(idOf);
	const isListed = listed.includes(id);
	state.hasBeenListed ||= isListed;
	// A list without our own lags behind, or another instance has deleted ours: then what it shows may be
	// the only one that is left. The health check, which comes later, sees which.
	const others = new Set(isListed ? [...listed, ...earlier] : earlier);
	others.delete(id);
	if (others.size === 0) return true;
	await state.delete(kliq, others);
	return !isListed || (await findByUrl(kliq, url)).some((each) => idOf(each) === id);
}

function rememberedIds(context: IHookFunctions): string[] {
	const { webhookId } = getTriggerData(context);
	return webhookId === undefined ? [] : [webhookId];
}

/** Writes down the URL that the health check has to see to: a check has no way to ask n8n for it. */
function rememberUrl(context: IHookFunctions, url: string): void {
	const data = getTriggerData(context);
	if (data.url === url) return;
	saveTriggerData(context, { ...data, url, previousUrl: data.url ?? data.previousUrl });
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

const workflowIdOf = (context: IHookFunctions) => String(context.getWorkflow().id);

const getEvents = (context: IHookFunctions) =>
	parseNameList(context.getNodeParameter('events', []));

function assertEventsChosen(kliq: KliqClient, events: string[]): void {
	if (events.length > 0) return;
	throw kliq.operationError(
		'No event is chosen in KLIQ Trigger',
		'Open the node and choose at least one under Events, then publish again',
	);
}

/** n8n shows no error of unpublishing in the editor; its log holds the message. */
function leftBehind(
	context: IHookFunctions,
	url: string,
	ids: string[],
	{ message }: Error,
): NodeOperationError {
	const names = ids.map((id) => redactSecrets(id, [])).join(', ');
	return operationError(
		{ node: context.getNode() },
		`KLIQ may still hold a webhook subscription${names && ` (${names})`} to ${toSingleLine(withoutUserInfo(url))}: ${asSentence(message)} Delete it at KLIQ, or publish and unpublish the workflow once more with a KLIQ API credential that works. Left alone, KLIQ switches it off after five failed retries`,
	);
}

/** It was deleted at KLIQ, or the credential's tenant has changed since it was made. */
function logMissing(context: IHookFunctions, ids: string[]): void {
	const names = ids.map((id) => redactSecrets(id, [])).join(', ');
	context.logger.warn(
		`KLIQ Trigger "${context.getNode().name}" found no webhook subscription ${names} at KLIQ. If the tenant in the credential has changed since the workflow was published, it is still there: delete it at KLIQ`,
	);
}
