import type { WorkflowActivateMode } from 'n8n-workflow';

import { clock } from '../../support/n8nCore/discreteEventClock';
import { SECOND } from '../time';
import type { Running } from './contexts';
import type { TriggerRow, WorkflowRow } from './database';
import { InMemoryHalf } from './inMemory';
import { Instance } from './instance';
import type { Process } from './process';

const MAX_CREATE_ATTEMPTS = 5;

const MAX_DELETE_ATTEMPTS = 3;

/**
 * n8n 2.x (workflow-trigger-activator): both halves of a trigger are registered and removed side by side,
 * each trigger by itself. A publication that was begun goes on after a restart.
 */
export class N8n2 extends Instance {
	protected readonly isN8nV1 = false;

	protected async activate(workflow: WorkflowRow, process: Process, mode: WorkflowActivateMode) {
		const activated = workflow.triggers.map(
			async (trigger) => await this.activateTrigger(workflow, trigger, process, mode),
		);
		return (await Promise.all(activated)).every(Boolean) ? 'published' : 'failed';
	}

	protected async deactivate(workflow: WorkflowRow, process: Process): Promise<void> {
		const deactivated = workflow.triggers.map(async (trigger) => {
			const half = this.halves.get(trigger);
			this.halves.delete(trigger);
			const running = this.contexts.load(process, workflow, trigger);
			await Promise.all([half?.stop(), this.removeWebhook(running)]);
			this.save(running);
		});
		await Promise.all(deactivated);
	}

	protected async resume(workflow: WorkflowRow, process: Process): Promise<void> {
		const { pending } = workflow;
		if (pending !== 'publish') await this.deactivate(workflow, process);
		if (process.isDead) return;
		const mode = pending === 'edit' ? 'update' : 'activate';
		const outcome =
			pending === 'unpublish'
				? Promise.resolve('unpublished' as const)
				: this.activate(workflow, process, mode);
		await this.finish(workflow, process, outcome);
	}

	private async activateTrigger(
		workflow: WorkflowRow,
		trigger: TriggerRow,
		process: Process,
		mode: WorkflowActivateMode,
	): Promise<boolean> {
		await this.halves.get(trigger)?.stop();
		const running = this.contexts.load(process, workflow, trigger);
		const onError = () => {};
		const starting = { activation: mode, isN8nV1: this.isN8nV1, onError };
		const [isRegistered] = await Promise.all([
			this.registerWebhook(running, mode),
			InMemoryHalf.start(this, running, starting).then((half) => {
				if (!process.isDead) this.halves.set(trigger, half);
			}),
		]);
		this.save(running);
		return isRegistered;
	}

	private async registerWebhook(running: Running, mode: WorkflowActivateMode): Promise<boolean> {
		for (let attempt = 0; attempt < MAX_CREATE_ATTEMPTS; attempt++) {
			if (attempt > 0) await clock.sleep(SECOND * 2 ** (attempt - 1));
			try {
				await this.callCreate(running, mode);
				return true;
			} catch {
				await this.callDelete(running);
			}
		}
		return false;
	}

	private async removeWebhook(running: Running): Promise<void> {
		for (let attempt = 0; attempt < MAX_DELETE_ATTEMPTS; attempt++) {
			if (attempt > 0) await clock.sleep(SECOND * 2 ** (attempt - 1));
			if (await this.callDelete(running)) return;
		}
	}
}
