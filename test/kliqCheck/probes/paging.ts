import { entriesIn, type Session } from '../session';
import { isObject } from '../shapes';
import { listSubscriptions } from './lists';

/** Pages of one entry that are looked at. */
const PAGES = 3;

/** Lists the subscriptions twice, then in pages of one: do order and cursors hold? */
export async function probePaging(session: Session): Promise<void> {
	const once = idsOf(await listSubscriptions(session));
	const again = idsOf(await listSubscriptions(session));
	if (once.length < 2) return;
	const { findings } = session;
	if (!isSameOrder(once, again)) {
		findings.differs('KLIQ-LIST-ORDER', 'two lists in a row had different orders');
		findings.notSeen('KLIQ-LIST-CURSOR', 'the order changes');
		return;
	}
	findings.held('KLIQ-LIST-ORDER', `the same order of ${once.length} entries, twice`);
	await probeCursor(session, once);
}

async function probeCursor(session: Session, ids: string[]): Promise<void> {
	const { findings } = session;
	const seen: string[] = [];
	const cursors: string[] = [];
	for (let pages = 0; pages < PAGES; pages++) {
		const page = await session.getPage({ limit: '1', cursor: cursors.at(-1) });
		const cursor = isObject(page) ? page.cursor : undefined;
		if (!isObject(cursor)) {
			findings.notSeen('KLIQ-LIST-CURSOR', 'the list comes without a cursor');
			return;
		}
		const pageIds = idsOf(entriesIn(page));
		if (pageIds.length !== 1) {
			findings.differs('KLIQ-LIST-CURSOR', `a page of 1 held ${pageIds.length} entries`);
			return;
		}
		seen.push(...pageIds);
		if (cursor.hasMore === false || typeof cursor.next !== 'string') break;
		if (cursors.includes(cursor.next)) {
			findings.differs('KLIQ-LIST-CURSOR', 'the same cursor came twice');
			return;
		}
		cursors.push(cursor.next);
	}
	const isWhole = seen.length === Math.min(PAGES, ids.length);
	if (isWhole && isSameOrder(ids, seen)) {
		findings.held('KLIQ-LIST-CURSOR', `${seen.length} pages of 1 as in the whole list`);
	} else {
		findings.differs('KLIQ-LIST-CURSOR', 'pages of 1 gave other entries than the whole list');
	}
}

const idsOf = (entries: Array<Record<string, unknown>>) => entries.map(({ id }) => String(id));

/** Whether what both lists hold stands in the same order; others may create and delete meanwhile. */
function isSameOrder(one: string[], other: string[]): boolean {
	const common = (ids: string[], among: string[]) => ids.filter((id) => among.includes(id));
	return common(one, other).join() === common(other, one).join();
}
