import { NodeError, sleep, type IHookFunctions } from 'n8n-workflow';

import { listSubscriptions } from '../../subscriptions/api';
import { kliqClient, type KliqClient } from '../../transport/client';
import { idOf } from '../../transport/entity';
import { failureKindOf } from '../../transport/failure';
import { monotonicNow } from '../../utils/monotonicClock';
import { isN8nV1 } from '../../utils/n8nVersion';
import { parseNameList } from '../../utils/nameList';
import { operationError } from '../../utils/nodeErrors';
import { asSentence } from '../../utils/text';
import {
	beginPublication,
	beginTest,
	endPublication,
	endTest,
	isWanted,
	isWatchedByAnother,
	lastPublicationOf,
	memoryOf,
	publicationOf,
} from '../memory';
import { applyPlan, type Applied } from './apply';
import { MAX_LIST_LAG_MS } from './checkInterval';
import { desiredState } from './desired';
import { explainLeftBehind, missingLine } from './explanations';
import { isInOrder, planSubscription } from './plan';
import { Publication } from './publication';
import { explainUnreachable } from './reachable';
import { logLine } from './report';
import { clearTriggerData, readTriggerData, writeTriggerData } from './staticData';
import { undoUncertain } from './undo';

/** Time limits of the lifecycle methods; the first two together are what KLIQ may hold a publication up. */
const MAX_CHECK_EXISTS_MS = 4_000;
const MAX_CREATE_MS = 6_000;
const MAX_DELETE_MS = 15_000;

/** Longest waits for retries within these. */
const MAX_CREATE_WAIT_MS = 2_000;
const MAX_DELETE_WAIT_MS = 10_000;

/**
 * True if the trigger need not subscribe. Changes nothing. Never throws.
 *
 * When n8n starts or a main becomes the leader, the answer is true without a request: n8n answers a
 * throw, or a `create` that fails, by deleting the subscription. The health check looks soon after.
 * Otherwise KLIQ must hold exactly what the trigger needs; false where KLIQ cannot be asked.
 */
export async function isSubscribed(context: IHookFunctions): Promise<boolean> {
	const isStart = ['init', 'leadershipChange'].includes(context.getActivationMode());
	try {
		const publication = newPublication(context, getWebhookUrl(context));
		const isThere = isStart || (await isInOrderAtKliq(context, publication));
		if (isThere) begin(context, publication);
		return isThere;
	} catch (error) {
		const { name } = context.getNode();
		context.logger.debug(
			`KLIQ Trigger "${name}" cannot tell whether it is subscribed: ${(error as Error).message}`,
		);
		return isStart;
	}
}

/**
 * Subscribes, then deletes what else the trigger has at its address. Whatever passes by itself does not
 * fail a publication: the health check goes on every minute. It does fail listening for a test event,
 * which has no health check.
 *
 * Assumption: KLIQ-SUB-SAME-URL.
 *
 * @throws NodeOperationError if no event is chosen or KLIQ cannot reach this n8n; NodeApiError as
 * `kliqApiRequest` for what only a person can end
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const webhookUrl = getWebhookUrl(context);
	const publication = newPublication(context, webhookUrl);
	const previous = lastPublicationOf(context);
	begin(context, publication);
	const deadline = monotonicNow() + MAX_CREATE_MS;
	const replacing = publication.runIfIdle(async () => {
		// A health check of the publication before may be deleting what it has just made.
		if (previous?.isBusy) await Promise.race([previous.untilIdle(), sleep(MAX_CREATE_WAIT_MS)]);
		await replaceAll(context, publication, deadline);
	});
	const failure: unknown = await replacing.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (failure === undefined) return;
	const hasSubscribed = publication.unlisted !== undefined || publication.inOrderAt !== undefined;
	const isFinal = failureKindOf(failure) !== 'passing' || isTest(context);
	if (isFinal && !hasSubscribed) throw failure;
	const { message } = failure as Error;
	logLine(
		context,
		hasSubscribed
			? `has subscribed, but could not look for earlier subscriptions of its own: ${message}`
			: `could not subscribe yet, and tries again every minute: ${message}`,
	);
}

/**
 * Deletes every subscription with the trigger's URL, and the remembered one if it was made with that
 * URL. That one first, by its ID: a list may lag, fail, or write the URL another way. Deletes nothing
 * where this process runs another workflow with the URL: n8n 1.x refuses to publish a second one, and
 * tidies up after it by this method. Leaves the rest to the next publication, or the next test, as soon
 * as there is one: `create` deletes what is there besides its own.
 *
 * @throws NodeOperationError that says what may be left at KLIQ, and why; on n8n 1.x this stands in the log
 */
export async function unsubscribe(context: IHookFunctions): Promise<void> {
	const webhookUrl = context.getNodeWebhookUrl('default');
	if (webhookUrl === undefined || isWatchedByAnother(context, webhookUrl)) return;
	const publication = end(context, webhookUrl);
	const remembered = [...readTriggerData(context), ...publication.remembered];
	const byId = planSubscription({ webhookUrl }, [], remembered);
	let left = byId.remove;
	try {
		const unlimited = await kliqClient(context, { maxWaitMs: MAX_DELETE_WAIT_MS });
		const kliq = unlimited.withDeadline(monotonicNow() + MAX_DELETE_MS);
		const known = await applyPlan(kliq, byId, { webhookUrl }, publication);
		left = withoutGone(left, known);
		const listed = await listSubscriptions(kliq);
		// n8n does not wait for the end of one test before it begins the next.
		if (isWanted(context, webhookUrl)) return;
		const byUrl = planSubscription({ webhookUrl }, listed, []);
		const found = await applyPlan(kliq, byUrl, { webhookUrl }, publication);
		left = withoutGone([...new Set([...left, ...byUrl.remove])], found);
		if (left.length > 0) throw found.error ?? known.error;
		left = found.deleted.filter((id) => known.deleted.includes(id));
		if (left.length > 0) {
			throw kliq.operationError('KLIQ confirms the deletion, and still lists it');
		}
		// A health check may have replaced the one that n8n remembers: then another one was there.
		const isNoneThere = known.deleted.length + found.deleted.length === 0;
		if (isNoneThere && known.missing.length > 0) logLine(context, missingLine(known.missing));
		void undoUncertain(context, unlimited, publication);
	} catch (error) {
		// n8n tidies up after a `create` that KLIQ has refused: there is nothing to be left.
		if (publication.hasMadeNothing && left.length === 0) return;
		const message = explainLeftBehind(webhookUrl, left, error as Error);
		// n8n 1.x would not go on to the other triggers of the workflow (ActiveWorkflowManager, clearWebhooks).
		if (!isN8nV1()) throw operationError({ node: context.getNode() }, message);
		return context.logger.error(message);
	}
	if (!isWanted(context, webhookUrl)) clearTriggerData(context);
}

/**
 * Moves the description of an error into its message, because n8n's editor shows only the message of
 * an error in a lifecycle method.
 *
 * @param advice follows it
 * @throws the given error
 */
export function throwWithFullMessage(error: unknown, advice = ''): never {
	if (error instanceof NodeError) {
		const sentences = [error.message, error.description, advice];
		error.message = sentences
			.filter((each) => !!each)
			.map((each) => asSentence(each!))
			.join(' ');
		error.description = undefined;
	}
	throw error;
}

/** What ends a failed publication. n8n 2.x takes a second one for done: it calls no method again. */
export function publishAgainAdvice(context: IHookFunctions): string {
	if (isTest(context)) return '';
	return isN8nV1()
		? 'Then publish the workflow again.'
		: 'Then unpublish the workflow (arrow beside Publish), and publish it again.';
}

/** Listening for a test event has no `trigger()`, so nothing looks after its subscription. */
const isTest = (context: IHookFunctions) => context.getActivationMode() === 'manual';

/** The publication that begins now, unless `checkExists` says that it need not. */
function newPublication(context: IHookFunctions, webhookUrl: string): Publication {
	const events = parseNameList(context.getNodeParameter('events', []));
	return new Publication(webhookUrl, events, readTriggerData(context), lastPublicationOf(context));
}

function begin(context: IHookFunctions, publication: Publication): void {
	if (isTest(context)) beginTest(context, publication);
	else beginPublication(context, publication);
}

/** Ends the publication with this URL. @returns it, or a new one if this process knows of none */
function end(context: IHookFunctions, webhookUrl: string): Publication {
	const test = endTest(context, webhookUrl);
	if (test !== undefined) return test;
	const current = publicationOf(context);
	const publication =
		current?.webhookUrl === webhookUrl ? current : newPublication(context, webhookUrl);
	// n8n does not say which `delete` ends a test: that of the test URL ends no publication.
	if (current === undefined || current === publication) endPublication(context, publication);
	return publication;
}

/**
 * False within the time in which a list may lag behind our last deletion, and still show what is gone.
 *
 * @throws as `kliqClient` and `paginate`
 */
async function isInOrderAtKliq(
	context: IHookFunctions,
	publication: Publication,
): Promise<boolean> {
	if (mayLag(publication.deletedAt)) return false;
	const deadline = monotonicNow() + MAX_CHECK_EXISTS_MS;
	const kliq = await kliqClient(context, { deadline, maxWaitMs: 0 });
	const desired = desiredState(kliq.credentials, context.getNode(), publication);
	const listed = await listSubscriptions(kliq);
	const plan = planSubscription(desired, listed, publication.remembered);
	if (plan.keep === undefined || !isInOrder(plan)) return false;
	publication.foundInOrder({ id: plan.keep, url: desired.subscription.url });
	return true;
}

/** Assumption: KLIQ-SUB-LAG. */
const mayLag = (deletedAt: number) => monotonicNow() - deletedAt < MAX_LIST_LAG_MS;

/** Subscribes, notes it, then deletes what else the trigger has at its address. */
async function replaceAll(
	context: IHookFunctions,
	publication: Publication,
	deadline: number,
): Promise<void> {
	const kliq = await kliqClient(context, { deadline, maxWaitMs: MAX_CREATE_WAIT_MS });
	assertCanSubscribe(kliq, publication);
	const desired = desiredState(kliq.credentials, context.getNode(), publication);
	const { url, secret } = desired.subscription;
	// KLIQ may deliver before it has answered.
	memoryOf(context).secrets.learn(context.getNode(), secret);
	const { deletedAt, webhookUrl } = publication;
	const earlier = planSubscription({ webhookUrl }, [], publication.remembered).remove;
	const { created } = await applyPlan(kliq, { create: 'first', remove: [] }, desired, publication);
	if (created === undefined) return;
	writeTriggerData(context, { id: created, url });
	const listed = mayLag(deletedAt) ? [] : await listSubscriptions(kliq);
	const { keep = created, remove } = planSubscription(desired, listed, publication.remembered);
	// A list without the new one lags: what else it shows may be the only one that is left.
	const isShown = listed.some((each) => idOf(each) === created);
	const others = (isShown ? remove : earlier).filter((id) => id !== (isShown ? keep : created));
	const { error } = await applyPlan(kliq, { remove: others }, desired, publication);
	if (isShown) {
		publication.foundInOrder({ id: keep, url });
		writeTriggerData(context, { id: keep, url });
	}
	if (error !== undefined) throw error;
}

/** @throws NodeOperationError if no event is chosen or KLIQ cannot reach this n8n */
function assertCanSubscribe(kliq: KliqClient, { webhookUrl, events }: Publication): void {
	if (events.length === 0) {
		throw kliq.operationError(
			'No event is chosen in KLIQ Trigger',
			'Open the node and choose at least one under Events.',
		);
	}
	const unreachable = explainUnreachable(webhookUrl, kliq.credentials.baseUrl);
	if (unreachable === undefined) return;
	throw kliq.operationError(unreachable.message, `${unreachable.description}.`);
}

const withoutGone = (ids: string[], { deleted, missing }: Applied) =>
	ids.filter((id) => !deleted.includes(id) && !missing.includes(id));

function getWebhookUrl(context: IHookFunctions): string {
	const url = context.getNodeWebhookUrl('default');
	// n8n 1.x gives a node without a webhook ID a URL that it never answers.
	const isAnswered = context.getNode().webhookId !== undefined || !isN8nV1();
	if (url !== undefined && isAnswered) return url;
	throw operationError(
		{ node: context.getNode() },
		'n8n gave this trigger no webhook URL',
		'Delete the node and add KLIQ Trigger again.',
	);
}
