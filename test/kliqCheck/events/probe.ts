import { TriggerReceiver } from '../../support/n8nCore/receiver';
import { ASSUMPTIONS } from '../assumptions';
import { CheckFailed } from '../errors';
import { EVENT_TYPES } from '../eventTypes';
import { KliqTrigger } from '../nodes';
import { stepOf, type Step } from '../probes/lifecycle';
import type { Session } from '../session';
import { isObject } from '../shapes';
import { type Creation, createObservationAndJob } from './create';
import { eventIn, judgeDelivery } from './judgeDelivery';
import { type Delivery, TunnelServer } from './tunnelServer';

const POLL_MS = 100;

export interface EventsOptions {
	/** Public address of the tunnel. */
	origin: string;
	/** Port on this machine that the tunnel leads to. */
	port: number;
	/** How long to wait for events, in milliseconds. */
	waitMs: number;
	/** KLIQ's minute: the time until the first retry, in milliseconds. */
	minuteMs: number;
	/** Makes an observation and a CV job instead of waiting for a person to. */
	creation?: Creation;
	/** Told when events may come. */
	onReady?: (port: number) => void;
}

/**
 * Subscribes with KLIQ Trigger's own code, receives events through a tunnel, and unsubscribes.
 *
 * @throws CheckFailed where the tunnel does not lead here
 */
export async function probeEvents(session: Session, options: EventsOptions): Promise<Step[]> {
	const { origin, port } = options;
	const trigger = session.trigger(origin, EVENT_TYPES);
	const receiver = await TriggerReceiver.start(new KliqTrigger(), () => trigger);
	const tunnel = await TunnelServer.start(port, session.runId, receiver.url).catch(
		async (error) => {
			await receiver.stop();
			throw new CheckFailed(
				`Port ${port} cannot be used (${(error as NodeJS.ErrnoException).code}).`,
			);
		},
	);
	try {
		if (!(await tunnel.isReachedAt(origin))) {
			throw new CheckFailed(`The tunnel does not lead to port ${tunnel.port} of this machine.`);
		}
		const subscribed = await session.runHook(trigger, 'create');
		judgeChallenges(session, tunnel);
		const steps = [stepOf('KLIQ Trigger subscribes (events)', subscribed, !subscribed.failed)];
		if (subscribed.failed) return steps;

		options.onReady?.(tunnel.port);
		if (options.creation) await createObservationAndJob(session, options.creation);
		await waitForEvents(session, tunnel, options);
		const unsubscribed = await session.runHook(trigger, 'delete');
		steps.push(stepOf('KLIQ Trigger unsubscribes (events)', unsubscribed, !unsubscribed.failed));
		return [...steps, ...judgeDeliveries(session, tunnel, options)];
	} finally {
		await tunnel.stop();
		await receiver.stop();
	}
}

/** What comes before the first event can only be a question of KLIQ's to the address. */
function judgeChallenges({ findings }: Session, { deliveries }: TunnelServer): void {
	const challenges = deliveries.filter(({ headers }) => headers['x-kliq-signature'] === undefined);
	for (const { method } of challenges) {
		findings.differs('KLIQ-SUB-CHALLENGE', `${method} to the URL while subscribing`);
	}
}

const events = ({ deliveries }: TunnelServer) =>
	deliveries.filter(({ headers, body }) => headers['x-kliq-signature'] ?? eventIn({ body }));

async function waitForEvents(
	session: Session,
	tunnel: TunnelServer,
	{ waitMs, minuteMs, creation }: EventsOptions,
): Promise<void> {
	const deadline = Date.now() + waitMs;
	const typesSeen = () => events(tunnel).map((each) => String(eventIn(each)?.type));
	const isComplete = () => {
		const seen = typesSeen();
		const hasAll = creation
			? seen.includes('observation.created') && seen.some((type) => type.startsWith('cv.job.'))
			: seen.length > 0;
		return hasAll && isRepeatDecided(tunnel, minuteMs);
	};
	while (!isComplete() && Date.now() < deadline) await session.wait(POLL_MS);
}

function isRepeatDecided(tunnel: TunnelServer, minuteMs: number): boolean {
	const [first] = events(tunnel);
	return repeatOf(tunnel) !== undefined || Date.now() - first.at > 3 * minuteMs;
}

/** The delivery that repeats the first one, under its ID or under another. */
function repeatOf(tunnel: TunnelServer): Delivery | undefined {
	const [first, ...later] = events(tunnel);
	if (first === undefined) return undefined;
	const content = contentOf(first);
	const { id } = eventIn(first) ?? {};
	return later.find((each) => eventIn(each)?.id === id || contentOf(each) === content);
}

const contentOf = (delivery: Delivery) => JSON.stringify({ ...eventIn(delivery), id: undefined });

function judgeDeliveries(
	session: Session,
	tunnel: TunnelServer,
	{ minuteMs, waitMs }: EventsOptions,
): Step[] {
	const { findings, exchanges } = session;
	const received = events(tunnel);
	if (received.length === 0) {
		const reason = `no event came within ${Math.round(waitMs / 1_000)} s`;
		for (const { id } of ASSUMPTIONS.filter((each) => each.id.startsWith('KLIQ-EVENT-'))) {
			findings.notSeen(id, reason);
		}
		return [];
	}
	const subscribed = exchanges.flatMap(({ sent }) =>
		isObject(sent) && typeof sent.secret === 'string'
			? [{ url: String(sent.url), secret: sent.secret }]
			: [],
	);
	for (const delivery of received) judgeDelivery(session, delivery, subscribed);
	judgeRepeat(session, tunnel, minuteMs);

	const accepted = received.filter(({ trigger }) => trigger.status === 200).length;
	const started = received.filter(({ trigger }) => isRun(trigger)).length;
	return [
		{
			step: 'KLIQ Trigger takes the events that came',
			isGood: started === received.length,
			seen: `${received.length} came, ${accepted} were verified, ${started} would start a workflow`,
		},
	];
}

/** An event that starts nothing is answered with a reason. */
const isRun = ({ status, body }: Delivery['trigger']) => status === 200 && body.length === 0;

function judgeRepeat({ findings }: Session, tunnel: TunnelServer, minuteMs: number): void {
	const [first] = events(tunnel);
	const repeat = repeatOf(tunnel);
	if (first.answered !== 500) return;
	if (repeat === undefined) {
		const isDecided = Date.now() - first.at > 3 * minuteMs;
		if (isDecided) findings.differs('KLIQ-EVENT-REPEAT', 'not repeated within three minutes');
		else findings.notSeen('KLIQ-EVENT-REPEAT', 'the check ended before a repeat was due');
		return;
	}
	const delayMs = repeat.at - first.at;
	const seen = `after ${(delayMs / 1_000).toFixed(0)} s`;
	const isSameId = eventIn(repeat)?.id === eventIn(first)?.id;
	const isInTime = delayMs > 0.7 * minuteMs && delayMs < 3 * minuteMs;
	if (!isSameId) findings.differs('KLIQ-EVENT-REPEAT', `${seen}, under another ID`);
	else if (!repeat.body.equals(first.body)) {
		findings.differs('KLIQ-EVENT-REPEAT', `${seen}, with other bytes`);
	} else if (!isInTime) findings.differs('KLIQ-EVENT-REPEAT', seen);
	else findings.held('KLIQ-EVENT-REPEAT', `${seen}, the same ID and bytes`);
}
