import { outputOf } from '../support/n8n';
import { KLIQ_EVENT_TYPES, type KliqEventType } from '../support/simulator';
import type { DemoEnvironment } from './environment';

/** What one round of the demo has shown. */
export interface RoundResult {
	/** Subscriptions at KLIQ with the workflow's URL. */
	subscribed: number;
	/** Signed events sent, and those of them that n8n acknowledged. */
	sent: number;
	delivered: number;
	/** Executions that hold exactly an event that was sent and ended well. */
	executed: number;
	/** Forged requests sent, and those of them that were answered 401. */
	forged: number;
	refused: number;
}

/**
 * Sends one signed event of each type and a few forged requests, and counts what n8n made of them.
 *
 * @throws Error if the executions do not come to an end
 */
export async function playRound(environment: DemoEnvironment): Promise<RoundResult> {
	const { kliq, client, workflowId, url } = environment;
	const subscribed = kliq.subscriptions().filter((each) => each.url === url).length;
	const events: object[] = [];
	let delivered = 0;
	for (const type of KLIQ_EVENT_TYPES) {
		const { event, delivered: arrived } = await sendEvent(environment, type);
		events.push(event);
		if (arrived) delivered += 1;
	}
	const statuses = await sendForgeries(environment);

	const executions = await client.waitForExecutions(workflowId, events.length, 30_000);
	const sentTexts = new Set(events.map((event) => JSON.stringify(event)));
	let executed = 0;
	for (const { id, status } of executions) {
		const [event] = outputOf(await client.execution(id), 'KLIQ Trigger');
		if (status === 'success' && sentTexts.delete(JSON.stringify(event))) executed += 1;
	}
	return {
		subscribed,
		sent: events.length,
		delivered,
		// One execution too many is as wrong as one too few.
		executed: executions.length > events.length ? executions.length : executed,
		forged: statuses.length,
		refused: statuses.filter((status) => status === 401).length,
	};
}

/** Has something happen at KLIQ. @returns the event, and whether n8n acknowledged it */
export async function sendEvent({ kliq, url }: DemoEnvironment, type: KliqEventType) {
	const { event, deliveries } = kliq.emit(type);
	const delivery = deliveries.find((each) => each.url === url);
	const status = (await delivery?.firstAttempt)?.status;
	return { event, delivered: status === 200 };
}

/** Sends what a stranger might. @returns the status of each answer; undefined where there was none */
export async function sendForgeries({
	kliq,
	url,
}: DemoEnvironment): Promise<Array<number | undefined>> {
	const body = JSON.stringify({ id: 'evt_forged', type: 'visit.submitted', data: {} });
	const forgeries = [
		{ url, body, secret: 'whsec_guessed' },
		{ url, body, secret: 'whsec_guessed', signature: '' },
		{ url, body, secret: 'whsec_guessed', signature: '0'.repeat(64) },
	];
	const results = [];
	for (const forgery of forgeries) results.push(await kliq.deliverRaw(forgery));
	return results.map((result) => ('status' in result ? result.status : undefined));
}

/** Whether the round shows what the package promises. */
export function isAsPromised(result: RoundResult): boolean {
	const { subscribed, sent, delivered, executed, forged, refused } = result;
	return subscribed === 1 && delivered === sent && executed === sent && refused === forged;
}

/** The round in plain lines. */
export function summaryOf(result: RoundResult): string[] {
	return [
		`  subscribed: ${result.subscribed} subscription at KLIQ for this workflow`,
		`  delivered:  ${result.delivered} of ${result.sent} signed events`,
		`  executed:   ${result.executed} of ${result.sent} as workflow executions`,
		`  refused:    ${result.refused} of ${result.forged} forged requests`,
	];
}
