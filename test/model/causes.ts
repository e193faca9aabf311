import type { TriggerRow } from './n8n/database';
import type { Process } from './n8n/process';
import { MINUTE } from './time';

/** Something that the owner of a workflow may be told of. */
interface Cause {
	readonly what: string;
	/** Undefined: every trigger. */
	readonly trigger?: TriggerRow;
	readonly from: number;
	until?: number;
	/** How often each process may tell of it to the owner of each trigger. */
	readonly times: number;
	/** May be told after its end, if it has not been told before: no check had a chance. */
	readonly mayBeLate: boolean;
}

/** What the owner has been told. */
export interface Told {
	readonly process: Process;
	readonly trigger: TriggerRow;
	readonly message: string;
}

/** So long after the end of a cause a process may still tell of it: requests under way have to end. */
const GRACE_MS = 5 * MINUTE;

/** What there has been to tell, and what has been told. */
export class Causes {
	readonly told: Told[] = [];

	private readonly causes: Cause[] = [];

	/** The causes that there were when each was told. */
	private readonly possible = new Map<Told, Cause[]>();

	private readonly assigned = new Map<Told, Cause>();

	/** Notes that there is something to tell, unless the same is still open. */
	open(
		what: string,
		trigger?: TriggerRow,
		{ times = 1, mayBeLate = false }: { times?: number; mayBeLate?: boolean } = {},
	): void {
		if (this.find(what, trigger) !== undefined) return;
		this.causes.push({ what, trigger, from: performance.now(), times, mayBeLate });
	}

	/** @returns whether it was open */
	close(what: string, trigger?: TriggerRow): boolean {
		const cause = this.find(what, trigger);
		if (cause !== undefined) cause.until = performance.now();
		return cause !== undefined;
	}

	/** Notes that the owner is told. @returns false if there was nothing to tell, or it had been told */
	tell(told: Told): boolean {
		this.told.push(told);
		const now = performance.now();
		const possible = this.causes.filter((cause) => this.isPossible(cause, told, now));
		this.possible.set(told, possible);
		return this.assign(told, new Set());
	}

	private isPossible(cause: Cause, { trigger }: Told, now: number): boolean {
		if (cause.trigger !== undefined && cause.trigger !== trigger) return false;
		const isLate = now > (cause.until ?? Infinity) + GRACE_MS;
		return !isLate || (cause.mayBeLate && ![...this.assigned.values()].includes(cause));
	}

	/** Finds a cause for what was told, if need be by finding others for what was told before. */
	private assign(told: Told, tried: Set<Cause>): boolean {
		for (const cause of this.possible.get(told)!) {
			if (tried.has(cause)) continue;
			tried.add(cause);
			const earlier = this.told.filter(
				(each) => this.assigned.get(each) === cause && isSameOwner(each, told),
			);
			const isFree = earlier.length < cause.times;
			if (isFree || earlier.some((each) => this.assign(each, tried))) {
				this.assigned.set(told, cause);
				return true;
			}
		}
		return false;
	}

	private find(what: string, trigger: TriggerRow | undefined): Cause | undefined {
		return this.causes.find(
			(each) => each.what === what && each.trigger === trigger && each.until === undefined,
		);
	}
}

const isSameOwner = (one: Told, other: Told) =>
	one.process === other.process && one.trigger === other.trigger;
