/** Pseudo-random numbers from a seed (mulberry32), so that a sequence can be replayed. */
export class Random {
	constructor(private state: number) {}

	/** From 0 up to, but not including, 1. */
	readonly next = (): number => {
		this.state = (this.state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};

	/** A whole number from 0 up to, but not including, the limit. */
	below(limit: number): number {
		return Math.floor(this.next() * limit);
	}

	/** A UUID of version 4. */
	uuid(): string {
		const hex = Array.from({ length: 32 }, () => this.below(16).toString(16)).join('');
		return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5');
	}
}
