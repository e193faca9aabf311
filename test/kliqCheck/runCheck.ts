import { type CleanUp, removeObservations, removeSubscriptions } from './cleanUp';
import { Interrupted } from './errors';
import { type EventsOptions, probeEvents } from './events/probe';
import type { Finding } from './findings';
import { judgeAnswers } from './probes/answers';
import { probeLifecycle, type Step } from './probes/lifecycle';
import { type Access, probeLists } from './probes/lists';
import { probeRateLimits } from './probes/rateLimits';
import { probeRefusals } from './probes/refusals';
import { probeSubscriptions } from './probes/subscriptions';
import { type CheckCredentials, Session } from './session';

export interface CheckOptions {
	credentials: CheckCredentials;
	/** Aborted when the person stops the check. */
	interruption: AbortSignal;
	/** Undefined: no events are received. */
	events?: EventsOptions;
	/** Told in plain lines what is going on. */
	say: (line: string) => void;
}

/** What one run has seen. */
export interface CheckResult {
	findings: Finding[];
	/** What KLIQ Trigger did at KLIQ. */
	steps: Step[];
	/** Field names by where they were seen. */
	shapes: Record<string, string[]>;
	cleanUp: CleanUp;
	/** Requests that the check itself stopped: none, unless it or a node has a bug. */
	stopped: string[];
	/** Takes key, tenant and secrets out of a text. */
	redact: (text: string) => string;
}

/**
 * Checks one KLIQ tenant against what the nodes assume. Whatever happens, what it made is removed
 * before it ends.
 *
 * @throws CheckFailed where KLIQ cannot be checked, Interrupted where the person stopped it; with
 * `left`, the IDs that could not be removed
 */
export async function runCheck(options: CheckOptions): Promise<CheckResult> {
	const session = await Session.start(options.credentials, options.interruption);
	const run: { access?: Access; steps: Step[] } = { steps: [] };
	let failure: unknown;
	try {
		await untilInterrupted(options.interruption, probe(session, options, run));
	} catch (error) {
		failure = error;
	}
	try {
		const cleanUp = await cleanUpAll(session, options, run.access);
		if (failure) throw Object.assign(failure, { left: cleanUp.left });
		judgeAnswers(session);
		return {
			findings: session.findings.all(),
			steps: run.steps,
			shapes: session.shapes,
			cleanUp,
			stopped: session.proxy.stopped,
			redact: (text) => session.redact(text),
		};
	} finally {
		await session.proxy.stop();
	}
}

/** Ends at once when the person stops the check: what is under way must not hold the cleaning up. */
async function untilInterrupted(signal: AbortSignal, work: Promise<void>): Promise<void> {
	const interrupted = new Promise<never>((_, reject) => {
		const stop = () => reject(new Interrupted());
		if (signal.aborted) stop();
		else signal.addEventListener('abort', stop, { once: true });
	});
	await Promise.race([work, interrupted]);
}

async function probe(
	session: Session,
	{ events, say }: CheckOptions,
	run: { access?: Access; steps: Step[] },
): Promise<void> {
	say('Reading the lists of subscriptions, observations and CV jobs');
	const access = await probeLists(session);
	run.access = access;
	if (access.webhook) {
		const { removed } = await removeSubscriptions(session);
		if (removed > 0) say(`Removed ${removed} subscriptions that an earlier run had left behind`);
	}
	say('Asking with a wrong key, for another tenant and for unknown IDs');
	await probeRefusals(session, access);
	await probeRateLimits(session, access);
	if (!access.webhook) {
		say('The key may not list subscriptions (scope webhooks:manage), so none is made');
		return;
	}
	say('Making two subscriptions to a reserved address, and deleting them');
	await probeSubscriptions(session);
	run.steps.push(...(await probeLifecycle(session)));
	if (!events) return;

	session.mayCreate = events.creation !== undefined;
	run.steps.push(...(await probeEvents(session, events)));
}

async function cleanUpAll(
	session: Session,
	{ events, say }: CheckOptions,
	access: Access | undefined,
): Promise<CleanUp> {
	const cleaner = await session.beginCleanUp();
	say('Removing what the check has made');
	const subscriptions = await removeSubscriptions(cleaner);
	const { creation } = events ?? {};
	const isObserved = creation !== undefined && access?.observation === true;
	const observations = isObserved
		? await removeObservations(cleaner, creation.locationId)
		: { removed: 0, left: [...session.ownObservations] };
	return {
		removed: subscriptions.removed + observations.removed,
		left: [...subscriptions.left, ...observations.left],
	};
}
