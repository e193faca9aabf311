import type { ITriggerFunctions } from 'n8n-workflow';

import { createSubscription, deleteAll } from '../subscriptions/api';
import { isSameUrl } from '../subscriptions/compare';
import { fingerprintOf } from '../subscriptions/secret';
import { listShared } from '../subscriptions/sharedList';
import { kliqClient, type KliqClient } from '../transport/client';
import type { Subscription } from '../types';
import { monotonicNow } from '../utils/monotonicClock';
import { redactSecrets } from '../utils/redact';
import { CHECK_INTERVAL_MS } from './checkInterval';
import { diagnose, type Defect, type Expectation } from './healthDiagnosis';
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
	const { epoch } = state;
	const isObsolete = () => isStopped() || state.publishedBy === undefined || state.epoch !== epoch;
	if (isObsolete() || state.isChecking) return;
	state.isChecking = true;
	try {
		const { listed, listedAt } = await readList(context, state);
		await state.runIfIdle(async () => {
			if (isObsolete() || state.changedAt > listedAt) return;
			await act(await openCheck({ context, state, url, events, isObsolete }), listed);
		});
	} catch (error) {
		if (!isObsolete()) reportTrouble(context, state, error as Error);
	} finally {
		state.isChecking = false;
	}
}

async function readList(context: ITriggerFunctions, state: SubscriptionState) {
	// Whoever shares the list needs it whole, so it is not cancelled with this trigger.
	const kliq = await kliqClient(context, { deadline: monotonicNow() + 2 * MAX_PHASE_MS });
	const listedAt = state.changedAt;
	const notBefore = listedAt + MAX_LIST_LAG_MS;
	return { listed: await listShared(kliq, notBefore, MIN_LIST_INTERVAL_MS), listedAt };
}

async function openCheck(the: Omit<Check, 'kliq' | 'secret' | 'fingerprint'>): Promise<Check> {
	const { context, isObsolete: isCancelled } = the;
	const kliq = await kliqClient(context, { deadline: monotonicNow() + MAX_PHASE_MS, isCancelled });
	const secret = signingSecretOf(kliq.credentials, context.getNode());
	secretCacheOf(context).latest = secret;
	return { ...the, kliq, secret, fingerprint: fingerprintOf(secret, kliq.credentials.apiKey) };
}

async function act(the: Check, listed: Subscription[]): Promise<void> {
	const { context, state, url, events, fingerprint } = the;
	const { webhookId, previousUrl, ...remembered } = getTriggerData(context);
	if (webhookId !== undefined && !state.deletedIds.has(webhookId)) state.ownIds.add(webhookId);
	const known: KnownSubscription | undefined =
		state.current ??
		(webhookId === undefined
			? undefined
			: { id: webhookId, url: previousUrl ?? url, fingerprint: remembered.fingerprint });
	const expected: Expectation = {
		url,
		events,
		fingerprint,
		known,
		ownIds: state.ownIds,
		deletedIds: state.deletedIds,
	};
	const isMoving = !listed.some((each) => isSameUrl(each.url, url));
	if (isMoving) expected.previousUrl = previousUrl;

	const diagnosis = diagnose(listed, expected);
	const isListed = diagnosis.kind !== 'defective' || diagnosis.ids.length > 0;
	if (isListed) {
		state.hasBeenListed = true;
		state.wasMadeOnAbsence = false;
	}
	switch (diagnosis.kind) {
		case 'healthy':
			return setHealthy(state, diagnosis.subscription);
		case 'surplus': {
			await deleteAll(the.kliq, diagnosis.otherIds);
			state.deleted(diagnosis.otherIds);
			report(the, 'surplus', explainSurplus(state));
			return setHealthy(state, diagnosis.subscription);
		}
		case 'defective':
			return await replace(the, diagnosis.defect, diagnosis.ids, known);
	}
}

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
	the: Check,
	defect: Defect,
	ids: string[],
	known: KnownSubscription | undefined,
): Promise<void> {
	const { context, kliq, state, url, secret, fingerprint, events, isObsolete } = the;
	const unreachable = explainUnreachable(url, kliq.credentials.baseUrl);
	if (unreachable !== undefined) return report(the, 'unreachable', unreachable);
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
		return report(the, 'limit', explainLimit(defect));
	}

	state.wasMadeOnAbsence ||= defect === 'missing';
	const { id } = await createSubscription(kliq, { url, events, secret }, { callerCleansUp: true });
	state.replacedAt = monotonicNow();
	if (isObsolete()) return await undo(the, id);
	const others = new Set([...ids, ...state.ownIds]);
	others.delete(id);
	state.made({ id, url, fingerprint });
	const isNewsToOwner = !isOwnersChange(defect, ids, known) || !state.reported.has('person');
	const explanation = explainDefect(defect, state);
	try {
		await deleteAll(kliq, others);
		state.deleted(others);
	} finally {
		if (isQuiet(defect, ids, known)) {
			logOnce(context, state, defect, `has subscribed anew: ${explanation.message}`);
		} else if (isNewsToOwner) {
			report(the, defect, explanation);
		}
	}
}

/** Tells the owner, unless the workflow is no longer published: n8n 1.x would publish it again. */
function report(the: Check, topic: string, explanation: Explanation): void {
	const { context, state, isObsolete } = the;
	if (!isObsolete()) return reportOnce(context, state, topic, explanation);
	const { message } = explanation;
	logOnce(context, state, topic, `was stopped while it looked after its subscription: ${message}`);
}

/** The owner has put right what she was told of, and the subscription follows. */
const isOwnersChange = (defect: Defect, ids: string[], known: KnownSubscription | undefined) =>
	defect === 'secret' && known !== undefined && ids.includes(known.id);

/**
 * n8n does not save what a health check writes to static data. So after a restart nobody knows the
 * secret of a subscription that an earlier health check made, if the credential has changed since the
 * trigger was published. This is no outage.
 */
const isQuiet = (defect: Defect, ids: string[], known: KnownSubscription | undefined) =>
	defect === 'unknownSecret' && known !== undefined && !ids.includes(known.id);

/** The workflow was unpublished while the subscription was being made. */
async function undo({ context, state }: Check, id: string): Promise<void> {
	try {
		const kliq = await kliqClient(context, { deadline: monotonicNow() + MAX_PHASE_MS });
		await deleteAll(kliq, [id]);
		state.deleted([id]);
	} catch (error) {
		const { name } = context.getNode();
		context.logger.error(
			`KLIQ Trigger "${name}" was stopped while it subscribed anew. KLIQ may still hold the webhook subscription ${redactSecrets(id, [])}: ${(error as Error).message}`,
		);
	}
}
