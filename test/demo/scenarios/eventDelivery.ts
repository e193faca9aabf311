import { outputOf } from '../../support/n8n';
import { KLIQ_EVENT_TYPES, type KliqEventType } from '../../support/simulator';
import { isSameWithoutQuery } from '../../support/subscriptionUrl';
import type { DemoEnvironment } from '../environment';

/** What became of the events and the forged requests. */
export interface EventDeliveryResult {
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
export async function deliverEvents(environment: DemoEnvironment): Promise<EventDeliveryResult> {
	const { testBed, eventLines } = environment;
	const subscribed = testBed.subscriptionsTo(eventLines.url).length;
	const events: object[] = [];
	let delivered = 0;
	for (const type of KLIQ_EVENT_TYPES) {
		const { event, delivered: arrived } = await sendEvent(environment, type);
		events.push(event);
		if (arrived) delivered += 1;
	}
	const statuses = await sendForgeries(environment);

	const executions = await testBed.client.waitForExecutions(eventLines.id, events.length);
	const sentTexts = new Set(events.map((event) => JSON.stringify(event)));
	let executed = 0;
	for (const { id, status } of executions) {
		const [event] = outputOf(await testBed.client.execution(id), 'KLIQ Trigger');
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
export async function sendEvent({ testBed, eventLines }: DemoEnvironment, type: KliqEventType) {
	const { event, deliveries } = testBed.kliq.emit(type);
	const delivery = deliveries.find(({ url }) => isSameWithoutQuery(url, eventLines.url));
	const status = (await delivery?.firstAttempt)?.status;
	return { event, delivered: status === 200 };
}

/** Sends requests that KLIQ has not signed. @returns the status of each answer; undefined if none came */
export async function sendForgeries({
	testBed: { kliq },
	eventLines: { url },
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

/** Whether the result is what the package promises. */
export function isAsPromised(result: EventDeliveryResult): boolean {
	const { subscribed, sent, delivered, executed, forged, refused } = result;
	return subscribed === 1 && delivered === sent && executed === sent && refused === forged;
}

/** The result in plain lines. */
export function summaryOf(result: EventDeliveryResult): string[] {
	return [
		`  subscribed: ${result.subscribed} subscription at KLIQ for this workflow`,
		`  delivered:  ${result.delivered} of ${result.sent} signed events`,
		`  executed:   ${result.executed} of ${result.sent} as workflow executions`,
		`  refused:    ${result.refused} of ${result.forged} forged requests`,
	];
}
