import type { FastifyRequest } from 'fastify';

import type { Faults } from '../faults';
import type { KliqSettings, PageLimits } from '../settings';
import { KliqError } from './errors';

const CURSOR = /^after:(\d+)$/;
/** Before the first item of all. */
const START = 0;

export interface ListContext {
	settings: KliqSettings;
	faults: Pick<Faults, 'cursorRepeats'>;
}

/**
 * The answer to a list request: a page of `items`, or all of them where lists are bare arrays.
 * @param items in the order of their `sequence`
 * @param show turns a stored item into what the API says of it
 * @throws KliqError 400 for a limit out of range or a cursor that was never handed out
 */
export function listAnswer<Item extends { sequence: number }>(
	request: FastifyRequest,
	items: Item[],
	show: (item: Item) => object,
	{ settings, faults }: ListContext,
	firstIs: 'oldest' | 'newest',
): object {
	const isNewestFirst = (firstIs === 'newest') !== isReversed(settings);
	const ordered = isNewestFirst ? [...items].reverse() : items;
	if (settings.listShape === 'array') return ordered.map(show);

	const query = request.query as Record<string, unknown>;
	const limit = readLimit(query.limit, settings.pageLimits);
	const position = readCursor(query.cursor);
	const isAfter = ({ sequence }: Item) =>
		isNewestFirst ? sequence < position : sequence > position;
	const rest = position === START ? ordered : ordered.filter(isAfter);
	const page = rest.slice(0, limit);
	const hasMore = rest.length > page.length;
	const end = page.at(-1)?.sequence ?? position;

	return {
		data: page.map(show),
		cursor: faults.cursorRepeats
			? { next: query.cursor ?? cursorAfter(end), hasMore: true }
			: { next: hasMore ? cursorAfter(end) : null, hasMore },
	};
}

const answered = new WeakMap<KliqSettings, number>();

/** Whether the order changes from list to list, and this one is in the opposite one. */
function isReversed(settings: KliqSettings): boolean {
	const count = (answered.get(settings) ?? 0) + 1;
	answered.set(settings, count);
	return settings.deviations.listOrderChanges && count % 2 === 0;
}

function readLimit(value: unknown, limits: PageLimits): number {
	if (value === undefined) return Math.min(limits.default, limits.cap);
	const limit = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
	if (!(limit >= 1 && limit <= limits.max)) {
		throw new KliqError(400, 'invalid_limit', `limit must be from 1 to ${limits.max}`);
	}
	return Math.min(limit, limits.cap);
}

function cursorAfter(sequence: number): string {
	return Buffer.from(`after:${sequence}`).toString('base64url');
}

function readCursor(value: unknown): number {
	if (value === undefined) return START;
	const text = typeof value === 'string' ? Buffer.from(value, 'base64url').toString() : '';
	const position = CURSOR.exec(text)?.[1];
	if (position === undefined) throw new KliqError(400, 'invalid_cursor', 'Invalid cursor');
	return Number(position);
}
