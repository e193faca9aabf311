import type { ITriggerFunctions } from 'n8n-workflow';

import { createSubscription } from '../subscriptions/api';
import { isSameUrl } from '../subscriptions/compare';
import { fingerprintOf } from '../subscriptions/secret';
import { listShared } from '../subscriptions/sharedList';
import { kliqClient, type KliqClient } from '../transport/client';
import type { Subscription } from '../types';
import { monotonicNow } from '../utils/monotonicClock';
import { redactSecrets } from '../utils/redact';
import { CHECK_INTERVAL_MS } from './checkInterval';
import { diagnose, type Defect } from './healthDiagnosis';
import {
	explainDefect,
	explainLimit,
	explainSurplus,
	logOnce,
	reportOnce,
	reportTrouble,
	type Explanation,
} from './ownerReport';
import { explainUnreachable } from './reachable';
import { secretCacheOf, signingSecretOf } from './signingSecret';
import { getTriggerData } from './staticData';
import { stateOf, type KnownSubscription, type SubscriptionState } from './subscriptionState';

/** Time limit of the requests with which a check reads the list, and of those with which it heals. */
const MAX_PHASE_MS = 60_000;

/** One walk of an account's list in this time serves the checks of all its triggers. */
const MIN_LIST_INTERVAL_MS = CHECK_INTERVAL_MS / 10;

/**
 * How far a list may lag behind what we have just changed.
 *
 * Assumption: KLIQ-SUB-LAG.
 */
const MAX_LIST_LAG_MS = CHECK_INTERVAL_MS / 60;

/** A subscription is made anew at most so often: KLIQ has a reason to end one again and again. */
const MIN_REPLACEMENT_INTERVAL_MS = 6 * CHECK_INTERVAL_MS;

/** What a check is for. */
export interface HealthCheckOptions {
	/** The trigger's events. Read when n8n starts the trigger: a tick has no expression engine. */
	events: string[];
	/** True once n8n has stopped the trigger. */
	isStopped: () => boolean;
}

/** All that the steps of one check share. */
interface Check {
	context: ITriggerFunctions;
	/** With the credential by which the list was read. Neither limited nor cancelled by itself. */
	kliq: KliqClient;
	state: SubscriptionState;
	url: string;
	secret: string;
	fingerprint: string;
	events: string[];
	/** True once the workflow is no longer published, or n8n has stopped the trigger. */
	isObsolete: () => boolean;
}

/**
 * Looks whether KLIQ holds exactly one active subscription for the trigger, and puts right what is
 * not. Leaves everything as it is when KLIQ cannot be asked. Never throws, and never acts beside
 * another check or a lifecycle method of the same trigger.
 */
export async function checkHealth(
	context: ITriggerFunctions,
	{ events, isStopped }: HealthCheckOptions,
): Promise<void> {
	// Not before the check: at publishing, n8n starts the trigger before `create` has written it.
	const { url } = getTriggerData(context);
	if (url === undefined) return;
	const state = stateOf(url);
	const { generation } = state;
	const isObsolete = () =>
		isStopped() || state.publishedBy === undefined || state.generation !== generation;
	if (isObsolete() || state.isChecking) return;
	state.isChecking = true;
	try {
		const kliq = await kliqClient(context);
		const { changedAt } = state;
		const listed = await readList(kliq, changedAt);
		await state.runIfIdle(async () => {
			if (isObsolete() || state.changedAt > changedAt) return;
			const { credentials } = kliq;
			const secret = signingSecretOf(credentials, context.getNode());
			const fingerprint = fingerprintOf(secret, credentials.apiKey);
			secretCacheOf(context).latest = secret;
			const check = { context, kliq, state, url, secret, fingerprint, events, isObsolete };
			await reconcile(check, listed);
		});
	} catch (error) {
		if (!isObsolete()) reportTrouble(context, state, error as Error);
	} finally {
		state.isChecking = false;
	}
}

/** Whoever shares the list needs it whole, so reading it is not cancelled with one trigger. */
async function readList(kliq: KliqClient, changedAt: number): Promise<Subscription[]> {
	const reader = kliq.withDeadline(monotonicNow() + 2 * MAX_PHASE_MS);
	return await listShared(reader, changedAt + MAX_LIST_LAG_MS, MIN_LIST_INTERVAL_MS);
}

/** Compares what KLIQ lists with what the trigger needs, and puts right what differs. */
async function reconcile(check: Check, listed: Subscription[]): Promise<void> {
	const { context, state, url, events, fingerprint } = check;
	const { webhookId, previousUrl, ...remembered } = getTriggerData(context);
	if (webhookId !== undefined && !state.deletedIds.has(webhookId)) state.ownIds.add(webhookId);
	const known: KnownSubscription | undefined =
		state.current ??
		(webhookId === undefined
			? undefined
			: { id: webhookId, url: previousUrl ?? url, fingerprint: remembered.fingerprint });
	const isMoving = !listed.some((each) => isSameUrl(each.url, url));
	const diagnosis = diagnose(listed, {
		url,
		previousUrl: isMoving ? previousUrl : undefined,
		events,
		fingerprint,
		known,
		ownIds: state.ownIds,
		deletedIds: state.deletedIds,
	});
	state.hasBeenListed ||= diagnosis.kind !== 'defective' || diagnosis.ids.length > 0;
	switch (diagnosis.kind) {
		case 'healthy':
			return setHealthy(state, diagnosis.subscription);
		case 'surplus': {
			await state.delete(actingClient(check), diagnosis.otherIds);
			report(check, 'surplus', explainSurplus(state));
			return setHealthy(state, diagnosis.subscription);
		}
		case 'defective':
			return await replace(check, diagnosis.defect, diagnosis.ids, known);
	}
}

/** The client for what changes KLIQ: it stops once the workflow is no longer published. */
const actingClient = ({ kliq, isObsolete }: Check) =>
	kliq.withDeadline(monotonicNow() + MAX_PHASE_MS).withCancellation(isObsolete);

function setHealthy(state: SubscriptionState, subscription: KnownSubscription): void {
	state.current = subscription;
	state.ownIds.add(subscription.id);
	state.healthyAt = Date.now();
	state.reported.clear();
}

/**
 * Subscribes anew, then deletes the others.
 *
 * Assumption: KLIQ-SUB-LAG.
 */
async function replace(
	check: Check,
	defect: Defect,
	ids: string[],
	known: KnownSubscription | undefined,
): Promise<void> {
	const { context, state, url, secret, fingerprint, events, isObsolete } = check;
	const kliq = actingClient(check);
	const unreachable = explainUnreachable(url, kliq.credentials.baseUrl);
	if (unreachable !== undefined) return report(check, 'unreachable', unreachable);
	// A list that never shows ours does not say that it is gone. One is made on such ground at most.
	if (defect === 'missing' && state.wasMadeOnAbsence && !state.hasBeenListed) {
		return logOnce(
			context,
			state,
			'unlisted',
			'does not find its webhook subscription in KLIQ’s list, which has not shown it before either; it leaves everything as it is',
		);
	}
	if (monotonicNow() - state.replacedAt < MIN_REPLACEMENT_INTERVAL_MS) {
		return report(check, 'limit', explainLimit(defect));
	}

	state.wasMadeOnAbsence ||= defect === 'missing';
	const { id } = await createSubscription(kliq, { url, events, secret }, { callerCleansUp: true });
	state.replacedAt = monotonicNow();
	if (isObsolete()) return await undo(check, id);
	const others = new Set([...ids, ...state.ownIds]);
	others.delete(id);
	state.made({ id, url, fingerprint });
	// The owner may have put right what she was told of, and the subscription follows.
	const isNewsToOwner = defect !== 'secret' || !state.reported.has('person');
	const explanation = explainDefect(defect, state);
	try {
		await state.delete(kliq, others);
	} finally {
		if (isQuiet(defect, ids, known)) {
			logOnce(context, state, defect, `has subscribed anew: ${explanation.message}`);
		} else if (isNewsToOwner) {
			report(check, defect, explanation);
		}
	}
}

/** Tells the owner, unless the workflow is no longer published: n8n 1.x would publish it again. */
function report(check: Check, topic: string, explanation: Explanation): void {
	const { context, state, isObsolete } = check;
	if (!isObsolete()) return reportOnce(context, state, topic, explanation);
	const { message } = explanation;
	logOnce(context, state, topic, `was stopped while it looked after its subscription: ${message}`);
}

/**
 * n8n does not save what a health check writes to static data. So after a restart nobody knows the
 * secret of a subscription that an earlier health check made, if the credential has changed since the
 * trigger was published. This is no outage.
 */
const isQuiet = (defect: Defect, ids: string[], known: KnownSubscription | undefined) =>
	defect === 'unknownSecret' && known !== undefined && !ids.includes(known.id);

/** The workflow was unpublished while the subscription was being made. */
async function undo({ context, kliq, state }: Check, id: string): Promise<void> {
	try {
		await state.delete(kliq.withDeadline(monotonicNow() + MAX_PHASE_MS), [id]);
	} catch (error) {
		const { name } = context.getNode();
		context.logger.error(
			`KLIQ Trigger "${name}" was stopped while it subscribed anew. KLIQ may still hold the webhook subscription ${redactSecrets(id, [])}: ${(error as Error).message}`,
		);
	}
}
