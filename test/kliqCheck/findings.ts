import { ASSUMPTIONS, type Assumption } from './assumptions';

export type Result = 'held' | 'differs' | 'not seen';

/** What the check has seen of one assumption. */
export interface Finding extends Assumption {
	result: Result;
	/** Statuses, field names, counts and times; never a value that could be a secret or a person's. */
	seen: string;
}

/** Collects what the probes see. An assumption that differs once differs, however often it holds. */
export class Findings {
	private readonly seen = new Map<string, Record<Result, Set<string>>>();

	held(id: string, seen: string): void {
		this.add(id, 'held', seen);
	}

	differs(id: string, seen: string): void {
		this.add(id, 'differs', seen);
	}

	/** Says why it could not be seen, where that is not the reason in the table. */
	notSeen(id: string, reason: string): void {
		this.add(id, 'not seen', reason);
	}

	/** One finding for each assumption, in their order. */
	all(): Finding[] {
		return ASSUMPTIONS.map((assumption) => ({ ...assumption, ...this.of(assumption) }));
	}

	private of({ id, unseen }: Assumption): Pick<Finding, 'result' | 'seen'> {
		const results: Result[] = ['differs', 'held', 'not seen'];
		const seen = this.seen.get(id);
		const result = results.find((each) => seen && seen[each].size > 0);
		if (!seen || !result) return { result: 'not seen', seen: unseen };
		return { result, seen: [...seen[result]].join('; ') };
	}

	private add(id: string, result: Result, seen: string): void {
		if (!ASSUMPTIONS.some((each) => each.id === id)) throw new Error(`No assumption ${id}`);
		const known = this.seen.get(id) ?? {
			held: new Set(),
			differs: new Set(),
			'not seen': new Set(),
		};
		known[result].add(seen);
		this.seen.set(id, known);
	}
}
