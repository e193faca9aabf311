import type { ITriggerFunctions } from 'n8n-workflow';

import { kliqClient, type KliqClient } from '../../transport/client';
import { idOf } from '../../transport/entity';
import { failureKindOf } from '../../transport/failure';
import type { Subscription } from '../../types';
import { monotonicNow } from '../../utils/monotonicClock';
import { memoryOf, publicationOf } from '../memory';
import { applyPlan } from './apply';
import { FIRST_CHECKS_INTERVAL_MS, MAX_LIST_LAG_MS } from './checkInterval';
import { desiredState } from './desired';
import { clearElsewhere } from './elsewhere';
import {
	explainLimit,
	explainOutage,
	explainPending,
	logLineOf,
	outageOf,
	restraintLine,
} from './explanations';
import { checkOwnAddress } from './ownAddress';
import { planSubscription, type Outage, type Plan, type Reason } from './plan';
import { DELETION_TOPIC, type Publication } from './publication';
import { explainUnreachable } from './reachable';
import { logLine, logOnce, reportFailure, tellOwner } from './report';
import { restraintOf } from './restraint';
import { listShared } from './sharedList';
import { isSameAddress } from './subscriptionUrl';

/** Time limits of the requests with which a health check reads the list, and of those with which it acts. */
const MAX_LIST_MS = 120_000;
const MAX_ACT_MS = 60_000;

/** All that the steps of one health check share. */
interface Check {
	context: ITriggerFunctions;
	/** Without a deadline, and not ended by the publication. */
	kliq: KliqClient;
	publication: Publication;
	desired: ReturnType<typeof desiredState>;
}

/**
 * Health check: has KLIQ hold exactly what the published trigger desires. Leaves everything as it is
 * when KLIQ cannot be asked. Never throws, and never acts beside other work of the same publication.
 *
 * @returns false if it should be repeated soon: nothing was found in order yet, and it may be next time
 */
export async function reconcile(context: ITriggerFunctions): Promise<boolean> {
	const publication = publicationOf(context);
	if (publication === undefined) return false;
	let isSettled = false;
	await publication.runIfIdle(async () => {
		try {
			await lookAndAct(context, publication);
			isSettled = true;
		} catch (error) {
			publication.otherAnswerAt = undefined;
			isSettled = report(context, publication, error as Error);
		}
	});
	// After a start, what stands before n8n may take longer to let requests through.
	if (publication.otherAnswerAt !== undefined && publication.hasPosted) return false;
	return isSettled || publication.inOrderAt !== undefined;
}

async function lookAndAct(context: ITriggerFunctions, publication: Publication): Promise<void> {
	const kliq = await kliqClient(context);
	const desired = desiredState(kliq.credentials, context.getNode(), publication);
	memoryOf(context).secrets.learn(context.getNode(), desired.subscription.secret);
	const check = { context, kliq, publication, desired };
	const listed = await readList(check);
	if (publication.signal.aborted) return;
	const plan = planSubscription(desired, listed, publication.remembered);
	if (plan.keep === undefined) await subscribeAnew(check, plan, listed);
	else await keepOnly(check, plan, plan.keep);
	if (publication.signal.aborted) return;
	await clearElsewhere(context, acting(check), desired, publication, plan.elsewhere);
	if (publication.signal.aborted || publication.inOrderAt === undefined) return;
	await checkOwnAddress(context, publication, desired.subscription);
}

/** The triggers of an account share the list, so reading it does not end with one publication. */
async function readList({ kliq, publication }: Check): Promise<Subscription[]> {
	return await listShared(
		kliq.withDeadline(monotonicNow() + MAX_LIST_MS),
		publication.changedAt + MAX_LIST_LAG_MS,
		FIRST_CHECKS_INTERVAL_MS,
	);
}

const acting = ({ kliq }: Check) => kliq.withDeadline(monotonicNow() + MAX_ACT_MS);

/** There is a right one. */
async function keepOnly(check: Check, { remove }: Plan, id: string): Promise<void> {
	const { context, publication, desired } = check;
	const { url } = desired.subscription;
	const { uncertainSince, outage } = publication;
	// The answer of a POST was lost, and this is what it has made.
	if (uncertainSince !== undefined && outage !== undefined) {
		publication.replacement = { id, url, at: uncertainSince };
		tellOutage(check, outage);
	}
	publication.uncertainSince = undefined;
	const { error } = await applyPlan(acting(check), { remove }, desired, publication);
	if (error !== undefined) return reportFailure(context, publication, error, DELETION_TOPIC);
	if (remove.length > 0) {
		logLine(
			context,
			'has deleted a second webhook subscription of its own; events may have come twice',
		);
	}
	publication.foundInOrder({ id, url });
	publication.settled();
}

/** There is none that is right. */
async function subscribeAnew(check: Check, plan: Plan, listed: Subscription[]): Promise<void> {
	const { context, kliq, publication, desired } = check;
	const { url } = desired.subscription;
	const planned: Reason = plan.create!;
	const unreachable = explainUnreachable(publication.webhookUrl, kliq.credentials.baseUrl);
	if (unreachable !== undefined) return tellOwner(context, publication, 'unreachable', unreachable);
	// Ours has been there.
	const isGone = publication.inOrderAt !== undefined && ['moved', 'unknown'].includes(planned);
	const reason = isGone ? 'gone' : planned;
	const restraint = restraintOf(publication, { url, planned, listed });
	if (restraint === 'tooSoon') {
		return tellOwner(context, publication, 'limit', explainLimit(reason));
	}
	if (restraint !== undefined) {
		return logOnce(context, publication, restraint, restraintLine(restraint));
	}

	const outage = outageOf(reason, publication);
	publication.outage ??= outage;
	publication.listedIds = new Set(listed.map(idOf));
	const applied = await applyPlan(acting(check), plan, desired, publication);
	if (applied.created === undefined) return;
	if (outage !== undefined) {
		publication.replacement = { id: applied.created, url, at: monotonicNow() };
	}
	// What could be deleted was not gone: the list has hidden it.
	const isHidden = reason === 'gone' && planned === 'gone' && applied.deleted.length > 0;
	if (isHidden) publication.outage = undefined;
	if (publication.outage === undefined) logLine(context, logLineOf(reason));
	else tellOutage(check, publication.outage);
	if (applied.error !== undefined) {
		reportFailure(context, publication, applied.error, DELETION_TOPIC);
	}
}

function tellOutage({ context, publication }: Check, outage: Outage): void {
	const explanation = explainOutage(outage, publication, context.getTimezone());
	tellOwner(context, publication, 'outage', explanation);
}

/** @returns true if only a person can end it, so that a repetition soon is of no use */
function report(context: ITriggerFunctions, publication: Publication, error: Error): boolean {
	if (publication.signal.aborted) return true;
	const hasSubscribed = publication.remembered.some(({ url }) =>
		isSameAddress(url, publication.webhookUrl),
	);
	const isPending =
		!hasSubscribed &&
		publication.outage === undefined &&
		monotonicNow() - publication.beganAt >= FIRST_CHECKS_INTERVAL_MS;
	if (isPending && failureKindOf(error) === 'passing') {
		tellOwner(context, publication, 'pending', explainPending(error));
		return false;
	}
	reportFailure(context, publication, error);
	return failureKindOf(error) !== 'passing';
}
