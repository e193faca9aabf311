import { CheckFailed } from '../errors';
import type { Exchange } from '../kliqProxy';
import { entriesIn, type NodeRun, type Session } from '../session';
import { fieldNames, isObject, listed, placeOfMessage, unique, word } from '../shapes';

/** Entries of observations and CV jobs that are looked at. */
const SAMPLE_SIZE = 100;

/** Which lists the key may read. */
export interface Access {
	webhook: boolean;
	observation: boolean;
	cvJob: boolean;
}

/**
 * Reads each list once, and looks at pages and entries.
 *
 * @throws CheckFailed where KLIQ gives none of them
 */
export async function probeLists(session: Session): Promise<Access> {
	const runs = {
		webhook: await session.list('webhook'),
		observation: await session.list('observation', SAMPLE_SIZE),
		cvJob: await session.list('cvJob', SAMPLE_SIZE),
	};
	const all = Object.values(runs);
	if (all.every(({ last }) => !isSuccess(last))) throw new CheckFailed(reasonFor(all));

	for (const [resource, run] of Object.entries(runs)) {
		if (isSuccess(run.last)) judgePages(session, resource, run);
		else judgeScope(session, resource, run);
	}
	judgeFailedJobs(session, runs.cvJob);
	return {
		webhook: isSuccess(runs.webhook.last),
		observation: isSuccess(runs.observation.last),
		cvJob: isSuccess(runs.cvJob.last),
	};
}

/** The subscriptions in a new list, all its pages. */
export async function listSubscriptions(session: Session): Promise<Array<Record<string, unknown>>> {
	const { exchanges } = await session.list('webhook');
	return exchanges
		.filter((exchange) => isSuccess(exchange))
		.flatMap(({ answer }) => entriesIn(answer?.json));
}

/** Whether KLIQ answered 2xx. */
export const isSuccess = (exchange?: Exchange): boolean =>
	exchange?.answer !== undefined && exchange.answer.status >= 200 && exchange.answer.status < 300;

function reasonFor(runs: NodeRun[]): string {
	const statuses = runs.flatMap(({ last }) => (last?.answer ? [last.answer.status] : []));
	const errors = runs.flatMap(({ exchanges }) => exchanges.flatMap(({ error }) => error ?? []));
	if (statuses.length === 0) {
		return `KLIQ did not answer (${listed(errors)}). Check the base URL and the network.`;
	}
	const answers = listed(statuses.map(String));
	return `KLIQ gave no list (HTTP ${answers}). Check the API key, the tenant ID and the base URL.`;
}

function judgeScope({ findings }: Session, resource: string, { last }: NodeRun): void {
	const status = last?.answer?.status ?? 0;
	const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
	if (!isRefusal) return;
	const seen = `${resource}: ${status}, while another list was given`;
	if (status === 403) findings.held('KLIQ-AUTH-SCOPE', seen);
	else findings.differs('KLIQ-AUTH-SCOPE', seen);
}

function judgePages({ findings, shapes }: Session, resource: string, run: NodeRun): void {
	const pages = run.exchanges.filter(isSuccess).map(({ answer }) => answer?.json);
	for (const page of pages) {
		const cursor = isObject(page) ? page.cursor : undefined;
		const isDocumented =
			isObject(page) && Array.isArray(page.data) && isObject(cursor) && 'hasMore' in cursor;
		const shape = Array.isArray(page) ? 'a bare array' : `{ ${listed(pageFields(page))} }`;
		if (isDocumented) findings.held('KLIQ-LIST-ENVELOPE', `${resource}: as documented`);
		else findings.differs('KLIQ-LIST-ENVELOPE', `${resource}: ${shape}`);
		judgeIds({ findings }, resource, entriesIn(page));
	}
	const note = (what: string, names: string[]) => {
		if (names.length > 0) shapes[`${resource} ${what}`] = unique(names);
	};
	note('page', pages.flatMap(pageFields));
	const entries = pages.flatMap(entriesIn);
	note(
		'entry',
		entries.flatMap((entry) => fieldNames(entry)),
	);
	const statuses = entries.flatMap(({ status }) => (status ? word(status) : []));
	note('statuses', statuses);
}

const pageFields = (page: unknown): string[] =>
	isObject(page) ? fieldNames({ ...page, data: [] }) : ['[]'];

/** Whether the IDs in a list can stand in paths as they are. */
export function judgeIds(
	{ findings }: Pick<Session, 'findings'>,
	resource: string,
	entries: Array<Record<string, unknown>>,
): void {
	for (const { id } of entries) {
		const isText = typeof id === 'string' && /^[\w.~:-]{1,500}$/.test(id) && !/^\.+$/.test(id);
		if (isText) findings.held('KLIQ-ID-TEXT', `${resource}: text`);
		else
			findings.differs(
				'KLIQ-ID-TEXT',
				`${resource}: ${typeof id === 'string' ? 'text that needs encoding' : typeof id}`,
			);
	}
}

function judgeFailedJobs({ findings }: Session, { items }: NodeRun): void {
	for (const job of items.filter(({ status }) => status === 'failed')) {
		const place = placeOfMessage(job);
		if (place) findings.held('KLIQ-JOB-ERROR', `the reason stands in ${place}`);
		else findings.differs('KLIQ-JOB-ERROR', `no reason among ${listed(fieldNames(job))}`);
	}
}
