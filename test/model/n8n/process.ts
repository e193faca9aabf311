import type { INodeType } from 'n8n-workflow';

import { loadTrigger } from '../code';

/** One process of n8n, with the memory that it does not share with others. */
export class Process {
	readonly nodeType: INodeType;

	readonly startedAt = performance.now();

	isDead = false;

	private end = () => {};

	private readonly death = new Promise<void>((resolve) => (this.end = resolve));

	constructor(
		readonly name: string,
		/** The public address (WEBHOOK_URL). */
		readonly address: string,
		{ isN8nV1 }: { isN8nV1: boolean },
	) {
		this.nodeType = loadTrigger({ isN8nV1 });
	}

	/** As `kill -9`. */
	kill(): void {
		this.isDead = true;
		this.end();
	}

	/** Waits for work, and no longer than the process lives. */
	async whileAlive(work: Promise<unknown>): Promise<void> {
		await Promise.race([work, this.death]);
	}
}
