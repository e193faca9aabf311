import { waitFor } from '../../support/waitFor';
import type { DemoEnvironment } from '../environment';
import { sendEvent } from './eventDelivery';

/** Many times what the first health check takes to come, which is half a minute after n8n's start at most. */
const HEALED_WITHIN_MS = 180_000;

/** The report follows the new subscription at once. */
const REPORTED_WITHIN_MS = 60_000;

/** What became of a subscription that KLIQ had switched off. */
export interface SelfHealingResult {
	/** Seconds from n8n's start until the new subscription was the only one; undefined if it never was. */
	healedAfter?: number;
	/** What n8n's list of executions says of it. */
	report?: string;
	/** Whether an event of the new subscription has run the workflow. */
	isExecuted: boolean;
}

/**
 * Has KLIQ switch the workflow's subscription off, as it does after five failed retries, and restarts
 * n8n, so that the next health check comes soon.
 */
export async function switchOffAndRestart(environment: DemoEnvironment): Promise<void> {
	const { kliq, n8n } = environment.testBed;
	const [{ id }] = subscriptions(environment);
	kliq.disable(id);
	await n8n.restart();
}

/** Whether the subscription is back, the owner knows, and events run again. */
export function isHealed({ healedAfter, report, isExecuted }: SelfHealingResult): boolean {
	return healedAfter !== undefined && report !== undefined && isExecuted;
}

/** Watches KLIQ Trigger put its subscription right after `switchOffAndRestart`, and sends an event. */
export async function watchHealing(environment: DemoEnvironment): Promise<SelfHealingResult> {
	const begun = Date.now();
	const isReplaced = await holds(() => {
		const found = subscriptions(environment);
		return found.length === 1 && found[0].live;
	}, HEALED_WITHIN_MS);
	if (!isReplaced) return { isExecuted: false };
	const healedAfter = Math.round((Date.now() - begun) / 1000);
	await holds(async () => (await readReport(environment)) !== undefined, REPORTED_WITHIN_MS);
	const report = await readReport(environment);
	return { healedAfter, report, isExecuted: await runsEvent(environment) };
}

/** The result in plain lines. */
export function healingSummary({ healedAfter, report, isExecuted }: SelfHealingResult): string[] {
	return [
		healedAfter === undefined
			? '  healed:     NOT: KLIQ still delivers nothing'
			: `  healed:     ${healedAfter} s after the start, by a new subscription in place of the old one`,
		`  told:       ${report === undefined ? 'nobody' : `“${report}” (a failed execution)`}`,
		`  executed:   ${isExecuted ? 'an event signed by the new subscription' : 'no event'}`,
	];
}

const subscriptions = ({ testBed, eventLines }: DemoEnvironment) =>
	testBed.subscriptionsTo(eventLines.url);

/** The message of the failed execution with which KLIQ Trigger tells the workflow's owner. */
async function readReport({
	testBed: { client },
	eventLines,
}: DemoEnvironment): Promise<string | undefined> {
	const [newest] = await client.executions(eventLines.id, { status: 'error' });
	return newest && (await client.execution(newest.id)).data.resultData.error?.message;
}

async function runsEvent(environment: DemoEnvironment): Promise<boolean> {
	const { testBed, eventLines } = environment;
	const succeeded = async () =>
		(await testBed.client.executions(eventLines.id, { status: 'success' })).length;
	const before = await succeeded();
	const { delivered } = await sendEvent(environment, 'visit.submitted');
	return delivered && (await holds(async () => (await succeeded()) === before + 1));
}

/** Whether a condition comes true in time. */
async function holds(
	condition: () => boolean | Promise<boolean>,
	withinMs?: number,
): Promise<boolean> {
	const check = async () => {
		if (!(await condition())) throw new Error('Not yet');
	};
	return await waitFor(check, withinMs).then(
		() => true,
		() => false,
	);
}
