import type { Exchange } from '../kliqProxy';
import { isOwnUrl, RESERVED_ORIGIN } from '../ownAddress';
import { idIn, type NodeRun, type Session } from '../session';
import { fieldNames, isObject } from '../shapes';
import { isSuccess, judgeIds, listSubscriptions } from './lists';
import { probePaging } from './paging';
import {
	type Entry,
	judgeCreated,
	judgeDeleted,
	judgeDeletedTwice,
	judgeDisabled,
	judgeEntry,
	judgeLag,
	judgeSecret,
} from './subscriptionJudges';

/** The rarest event: whatever is sent to the reserved address is lost. */
const EVENTS = ['cv.job.failed'];

/** How long a list may lag behind before the check goes on. */
const MAX_LAG_MS = 30_000;
const POLL_MS = 250;

/** Makes a subscription, and a second one with the same URL, looks at both, and deletes them. */
export async function probeSubscriptions(session: Session): Promise<void> {
	// Not the trigger's URL: where lists lag, these would pass for the trigger's own.
	const url = `${RESERVED_ORIGIN}/webhook/${session.runId}/check?kid=0123456789ab`;
	const first = await subscribe(session, url);
	judgeFirst(session, first);
	if (!isSuccess(first.last)) return;

	const secret = secretOf(first.last);
	const firstId = idIn(first.last?.answer?.json);
	const entry = await waitUntilListed(session, firstId);
	const id = firstId || String(entry?.id ?? '');
	if (entry) {
		session.shapes['webhook just created'] = fieldNames(entry);
		judgeIds(session, 'webhook', [entry]);
		judgeEntry(session, entry, { url, events: EVENTS, secret });
	}
	const second = await subscribe(session, url);
	const isReplaced = await judgeSecond(session, second, id);
	judgeDisabled(session);
	await probePaging(session);
	await probeDelete(session, isReplaced ? idIn(second.last?.answer?.json) : id);
	await removeOthers(session, [first, second]);
}

async function subscribe(session: Session, url: string): Promise<NodeRun> {
	return await session.run({ resource: 'webhook', operation: 'create', url, events: EVENTS });
}

const secretOf = (exchange?: Exchange) => (isObject(exchange?.sent) ? exchange.sent.secret : '');

function judgeFirst(session: Session, { last }: NodeRun): void {
	const status = last?.answer?.status;
	if (last === undefined || status === undefined) return;
	if (isSuccess(last)) {
		const seen = `accepted with ${status}, though nothing answers there`;
		session.findings.held('KLIQ-SUB-CHALLENGE', seen);
		judgeCreated(session, last);
		judgeSecret(session, 'the answer to POST', last.answer?.json, secretOf(last));
	} else if (status === 403) {
		session.findings.held('KLIQ-AUTH-SCOPE', 'POST /webhooks: 403');
	} else if (status >= 400 && status < 500 && status !== 429) {
		session.findings.differs('KLIQ-SUB-CHALLENGE', `an unreachable URL is refused with ${status}`);
	}
}

const isOfRun = ({ url }: Entry, { runId }: Session) =>
	isOwnUrl(url) && String(url).includes(runId);

/** @param id empty where KLIQ did not say; the URL tells then */
async function waitUntilListed(session: Session, id: string): Promise<Entry | undefined> {
	const find = (entries: Entry[]) =>
		entries.find((each) => (id === '' ? isOfRun(each, session) : String(each.id) === id));
	return await watchList(session, 'created', find);
}

async function waitUntilGone(session: Session, id: string): Promise<void> {
	const isGone = (entries: Entry[]) => !entries.some((each) => String(each.id) === id);
	await watchList(session, 'deleted', (entries) => isGone(entries) || undefined);
}

/** Lists again and again until `find` finds what it looks for, and judges how long that took. */
async function watchList<Found>(
	session: Session,
	change: 'created' | 'deleted',
	find: (entries: Entry[]) => Found | undefined,
): Promise<Found | undefined> {
	const since = Date.now();
	let found: Found | undefined;
	let lists = 0;
	while (found === undefined && Date.now() - since < MAX_LAG_MS) {
		if (lists > 0) await session.wait(POLL_MS);
		found = find(await listSubscriptions(session));
		lists += 1;
	}
	judgeLag(session, change, { isShown: found !== undefined, lists, ms: Date.now() - since });
	return found;
}

/** @returns whether the second has taken the place of the first */
async function judgeSecond(session: Session, { last }: NodeRun, firstId: string) {
	const { findings } = session;
	const status = last?.answer?.status;
	const id = idIn(last?.answer?.json);
	if (!isSuccess(last)) {
		if (status) findings.differs('KLIQ-SUB-SAME-URL', `the second is refused with ${status}`);
	} else if (id === '') {
		findings.notSeen('KLIQ-SUB-SAME-URL', 'the second has no ID');
	} else if (id === firstId) {
		findings.differs('KLIQ-SUB-SAME-URL', 'the second is answered with the ID of the first');
	} else if (await waitUntilListed(session, id)) {
		const isFirstThere = (await listSubscriptions(session)).some(
			(each) => String(each.id) === firstId,
		);
		if (isFirstThere) findings.held('KLIQ-SUB-SAME-URL', 'both are listed');
		else findings.differs('KLIQ-SUB-SAME-URL', 'the second has taken the place of the first');
		return !isFirstThere;
	}
	return false;
}

async function probeDelete(session: Session, id: string): Promise<void> {
	if (id === '') return;
	session.own(id);
	judgeDeleted(session, (await session.deleteSubscription(id)).last);
	await waitUntilGone(session, id);
	judgeDeletedTwice(session, (await session.deleteSubscription(id)).last);
}

/** Deletes the second one, and what KLIQ has made beside the IDs that it answered. */
async function removeOthers(session: Session, subscribing: NodeRun[]): Promise<void> {
	const deleted = session.exchanges
		.filter(({ method }) => method === 'DELETE')
		.map(({ path }) => path);
	const answered = subscribing.map(({ last }) => idIn(last?.answer?.json));
	const others = (await listSubscriptions(session))
		.filter((entry) => isOfRun(entry, session))
		.map(({ id }) => String(id))
		.filter((id) => !deleted.includes(`/webhooks/${id}`));
	for (const id of others) await session.deleteSubscription(id);

	const refused = subscribing
		.flatMap(({ exchanges }) => exchanges)
		.filter(({ answer }) => answer?.status === 429).length;
	if (refused === 0) return;
	if (others.some((id) => !answered.includes(id))) {
		session.findings.differs('KLIQ-RATE-429', 'a POST answered 429 had subscribed all the same');
	} else {
		session.findings.held('KLIQ-RATE-429', `${refused} × 429 to a POST, and nothing made`);
	}
}
