/** A number of places; who finds none free waits in line for the next one. */
export class Semaphore {
	private readonly line: Array<() => void> = [];

	constructor(private free: number) {}

	/**
	 * Does work in one of the places.
	 *
	 * @throws what the work throws
	 */
	async use<T>(work: () => Promise<T>): Promise<T> {
		if (this.free > 0) this.free -= 1;
		else await new Promise<void>((enter) => this.line.push(enter));
		try {
			return await work();
		} finally {
			const enter = this.line.shift();
			if (enter) enter();
			else this.free += 1;
		}
	}
}
