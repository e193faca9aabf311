/**
 * A FIFO semaphore. Own code, because `p-limit`, which n8n's lint rules would allow, is no dependency
 * of n8n 1.x, and this package may bring none.
 */
export class Semaphore {
	private readonly queue: Array<() => void> = [];

	/** @param permits holders at the same time */
	constructor(private permits: number) {}

	/**
	 * Runs work while holding a permit.
	 *
	 * @throws whatever the work throws
	 */
	async use<T>(work: () => Promise<T>): Promise<T> {
		if (this.permits > 0) this.permits -= 1;
		else await new Promise<void>((acquired) => this.queue.push(acquired));
		try {
			return await work();
		} finally {
			const acquired = this.queue.shift();
			if (acquired) acquired();
			else this.permits += 1;
		}
	}
}
