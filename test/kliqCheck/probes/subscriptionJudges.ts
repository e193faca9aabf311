import { isInactiveStatus } from '../../../nodes/Kliq/subscriptions/compare';
import { type Exchange, routeOf } from '../kliqProxy';
import { isOwnUrl } from '../ownAddress';
import { entriesIn, type Session } from '../session';
import { fieldNames, isObject, listed, unique, word } from '../shapes';
import { isSuccess } from './lists';

type Judge = Pick<Session, 'findings'>;

export type Entry = Record<string, unknown>;

/** What the check asked for. */
export interface Sent {
	url: string;
	events: string[];
	secret: unknown;
}

const ACTIVE_WORDS = ['active', 'enabled'];

/** Where the answer to a POST holds its ID. */
export function judgeCreated({ findings }: Judge, { method, path, answer }: Exchange): void {
	const body = answer?.json;
	const route = `${method} ${routeOf(path)}: ${answer?.status}`;
	if (isObject(body) && body.id !== undefined) findings.held('KLIQ-CREATE-ID', `${route}, id`);
	else findings.differs('KLIQ-CREATE-ID', `${route}, fields ${listed(fieldNames(body))}`);
}

/** How a list shows the subscription that was just made. */
export function judgeEntry(judge: Judge, entry: Entry, sent: Sent): void {
	judgeActive(judge, entry);
	judgeUrl(judge, entry.url, sent.url);
	judgeQuery(judge, entry.url, sent.url);
	judgeEvents(judge, entry.events, sent.events);
	judgeSecret(judge, 'the list', entry, sent.secret);
}

function judgeActive({ findings }: Judge, entry: Entry): void {
	const fields = (['active', 'enabled', 'disabled', 'status'] as const).filter(
		(field) => entry[field] !== undefined,
	);
	const isOn = fields.every((field) =>
		field === 'status'
			? ACTIVE_WORDS.includes(String(entry.status).toLowerCase())
			: entry[field] === (field !== 'disabled'),
	);
	const seen = fields.map((field) => `${field}: ${word(entry[field])}`).join(', ');
	if (fields.length === 0) {
		findings.differs('KLIQ-SUB-ACTIVE', `none of these among ${listed(fieldNames(entry))}`);
	} else if (isOn) {
		findings.held('KLIQ-SUB-ACTIVE', seen);
	} else {
		findings.differs('KLIQ-SUB-ACTIVE', `a new subscription has ${seen}`);
	}
}

/** Compares without the queries, which are an assumption of their own. */
function judgeUrl({ findings }: Judge, shown: unknown, sent: string): void {
	const [shownAddress, sentAddress] = [shown, sent].map((url) => String(url).split('?')[0]);
	const isSame =
		URL.canParse(shownAddress) && new URL(shownAddress).href === new URL(sentAddress).href;
	if (shownAddress === sentAddress) findings.held('KLIQ-SUB-URL', 'as sent');
	else if (isSame) findings.held('KLIQ-SUB-URL', 'written otherwise, but the same');
	else findings.differs('KLIQ-SUB-URL', shown === undefined ? 'not shown' : 'another one');
}

function judgeQuery({ findings }: Judge, shown: unknown, sent: string): void {
	if (typeof shown !== 'string') return findings.notSeen('KLIQ-SUB-URL-QUERY', 'no URL is shown');
	const [, shownQuery] = shown.split('?');
	const [, sentQuery] = sent.split('?');
	if (shownQuery === sentQuery) findings.held('KLIQ-SUB-URL-QUERY', 'as sent');
	else {
		const seen = shownQuery === undefined ? 'without its query' : 'with another query';
		findings.differs('KLIQ-SUB-URL-QUERY', seen);
	}
}

function judgeEvents({ findings }: Judge, shown: unknown, sent: string[]): void {
	const isList = Array.isArray(shown);
	const isSame = isList && sent.every((each) => shown.includes(each));
	if (isSame && shown.length === sent.length) findings.held('KLIQ-SUB-EVENTS', 'the same names');
	else if (isSame) findings.differs('KLIQ-SUB-EVENTS', 'more names than were sent');
	else if (isList) {
		const kinds = shown.map((each) => (isObject(each) ? 'objects' : typeof each));
		findings.differs('KLIQ-SUB-EVENTS', `a list of other ${listed(kinds)}`);
	} else findings.differs('KLIQ-SUB-EVENTS', shown === undefined ? 'not shown' : 'no list');
}

/** Whether an answer holds the secret, or a field for it. */
export function judgeSecret(
	{ findings }: Judge,
	where: string,
	answer: unknown,
	secret: unknown,
): void {
	const holdsIt = typeof secret === 'string' && JSON.stringify(answer ?? null).includes(secret);
	const fields = fieldNames(answer).filter((name) => /secret/i.test(name));
	if (holdsIt) findings.differs('KLIQ-SUB-SECRET', `${where} holds it`);
	else if (fields.length === 0) findings.held('KLIQ-SUB-SECRET', `not in ${where}`);
	else findings.held('KLIQ-SUB-SECRET', `${where} has ${listed(fields)}, without the secret`);
}

/** How the tenant's other subscriptions say that they are off, in every list of the run. */
export function judgeDisabled({ findings, exchanges }: Session): void {
	const all = exchanges
		.filter(({ method, path }) => method === 'GET' && path === '/webhooks')
		.flatMap(({ answer }) => entriesIn(answer?.json));
	const entries = all.filter(({ url }) => !isOwnUrl(url));
	// Whatever a new subscription says means that it is active.
	const activeWords = all
		.filter(({ url }) => isOwnUrl(url))
		.map(({ status }) => String(status).toLowerCase())
		.concat(ACTIVE_WORDS);
	for (const [field, off] of [
		['active', false],
		['enabled', false],
		['disabled', true],
	] as const) {
		const isSeen = entries.some((entry) => entry[field] === off);
		if (isSeen) findings.held('KLIQ-SUB-DISABLED', `${field}: ${off}`);
	}
	const statuses = unique(entries.map(({ status }) => status)).filter(
		(status) => typeof status === 'string' && !activeWords.includes(status.toLowerCase()),
	);
	for (const status of statuses) {
		const seen = `status: ${word(status)}`;
		if (isInactiveStatus(status)) findings.held('KLIQ-SUB-DISABLED', seen);
		else findings.differs('KLIQ-SUB-DISABLED', seen);
	}
}

/** @param lists lists that were asked for until one showed the change, or `ms` were over */
export function judgeLag(
	{ findings }: Judge,
	change: 'created' | 'deleted',
	{ isShown, lists, ms }: { isShown: boolean; lists: number; ms: number },
): void {
	const seconds = `${(ms / 1_000).toFixed(1)} s`;
	if (!isShown) findings.differs('KLIQ-SUB-LAG', `${change}: not shown within ${seconds}`);
	else if (lists === 1) findings.held('KLIQ-SUB-LAG', `${change}: in the first list`);
	else findings.differs('KLIQ-SUB-LAG', `${change}: shown after ${seconds}`);
}

/** The answer to the first DELETE. */
export function judgeDeleted({ findings }: Judge, exchange?: Exchange): void {
	const { answer } = exchange ?? {};
	if (!answer) return;
	const text = answer.body.toString().trimStart();
	const isPage = text.startsWith('<');
	const what = text === '' ? 'an empty body' : isPage ? 'a web page' : 'a body';
	const seen = `${answer.status} with ${what}`;
	if (isSuccess(exchange) && !isPage) findings.held('KLIQ-SUB-DELETE', seen);
	else findings.differs('KLIQ-SUB-DELETE', seen);
}

/** The answer to the second DELETE. */
export function judgeDeletedTwice({ findings }: Judge, exchange?: Exchange): void {
	const status = exchange?.answer?.status;
	if (status === undefined) return;
	if (status === 404 || isSuccess(exchange)) findings.held('KLIQ-SUB-DELETE-TWICE', String(status));
	else findings.differs('KLIQ-SUB-DELETE-TWICE', String(status));
}
