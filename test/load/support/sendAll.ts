import { inParallel } from '../../support/parallel';

export interface SendAllOptions {
	connections: number;
	/** Milliseconds since 1970; nothing is sent after it. */
	deadline: number;
	/** After so many answers `report` is told how far it has come. */
	every: number;
	report: (line: string) => void;
}

/**
 * Sends all items over a number of connections, in order.
 *
 * @returns the answers in the items' order
 * @throws Error that says how far it came if not all are answered by the deadline, or what `send` threw
 */
export async function sendAll<Item, Answer>(
	items: Item[],
	{ connections, deadline, every, report }: SendAllOptions,
	send: (item: Item, index: number) => Promise<Answer>,
): Promise<Answer[]> {
	const begun = Date.now();
	let answered = 0;
	const progress = () =>
		`${answered} of ${items.length} sent and answered in ${Math.round((Date.now() - begun) / 1000)} s`;

	return await inParallel(items, connections, async (item, index) => {
		if (Date.now() > deadline) throw new Error(`Too slow: ${progress()}`);
		const answer = await send(item, index);
		if (++answered % every === 0) report(progress());
		return answer;
	});
}
