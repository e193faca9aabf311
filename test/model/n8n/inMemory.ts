import type { WorkflowActivateMode } from 'n8n-workflow';

import { clock } from '../../support/n8nCore/discreteEventClock';
import { CHECK_INTERVAL_MS } from '../code';
import type { Random } from '../random';
import type { Contexts, Running } from './contexts';

/** The in-memory half of a trigger: what `trigger()` has started. */
export class InMemoryHalf {
	private isStopped = false;

	private constructor(
		readonly running: Running,
		private readonly close: () => Promise<void>,
	) {}

	static async start(
		{ contexts, random }: { contexts: Contexts; random: Random },
		running: Running,
		options: { activation: WorkflowActivateMode; isN8nV1: boolean; onError: () => void },
	): Promise<InMemoryHalf> {
		const { crons, close } = await contexts.startTrigger(running, options);
		const half = new InMemoryHalf(running, close);
		void half.tick(crons, random.below(CHECK_INTERVAL_MS));
		return half;
	}

	/** As n8n stops it; nothing if its process is dead. */
	async stop(): Promise<void> {
		if (this.isStopped || this.running.process.isDead) return;
		this.isStopped = true;
		await this.close();
	}

	private async tick(crons: Array<() => void>, phase: number): Promise<void> {
		for (let wait = phase; ; wait = CHECK_INTERVAL_MS) {
			await clock.sleep(wait);
			if (this.isStopped || this.running.process.isDead) return;
			for (const onTick of crons) onTick();
		}
	}
}
