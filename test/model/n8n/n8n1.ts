import type { IDataObject, WorkflowActivateMode } from 'n8n-workflow';

import { clock } from '../../support/n8nCore/discreteEventClock';
import { SECOND } from '../time';
import type { Running } from './contexts';
import type { WorkflowRow } from './database';
import { InMemoryHalf } from './inMemory';
import { Instance } from './instance';
import type { Process } from './process';

/** The static data of a workflow's triggers, as one activation has read it. */
type StaticData = Array<IDataObject | undefined>;

/** An activation that n8n tries again and again. */
interface QueuedActivation {
	isCancelled: boolean;
}

/**
 * n8n 1.x (active-workflow-manager): first all webhooks of a workflow, then all its triggers; what fails
 * takes the webhooks of the whole workflow away.
 */
export class N8n1 extends Instance {
	protected readonly isN8nV1 = true;

	private readonly queued = new Map<WorkflowRow, QueuedActivation>();

	/** With several mains, any of them answers an operator. */
	protected override get receiver(): Process | undefined {
		const { leader, standby } = this;
		return standby !== undefined && this.random.next() < 0.5 ? standby : leader;
	}

	protected async activate(workflow: WorkflowRow, receiver: Process, mode: WorkflowActivateMode) {
		// `add-webhooks-triggers-and-pollers` has the leader do it.
		const process = this.leader ?? receiver;
		const stored = workflow.triggers.map(({ staticData }) => staticData);
		if (await this.add(workflow, process, mode, stored)) return 'published';
		if (mode !== 'init' && mode !== 'leadershipChange') return 'unpublished';
		this.queue(workflow, process, 'init', () => stored);
		return 'published';
	}

	protected async deactivate(workflow: WorkflowRow, process: Process): Promise<void> {
		await this.clearWebhooks(workflow, process);
		this.cancelQueued(workflow);
		await this.removeTriggers(workflow);
	}

	/** The database says that the workflow is published, whatever was going on. */
	protected async resume(workflow: WorkflowRow, process: Process): Promise<void> {
		await this.finish(workflow, process, this.activate(workflow, process, 'init'));
	}

	protected override async stepDown(): Promise<void> {
		for (const workflow of this.workflows) this.cancelQueued(workflow);
		await super.stepDown();
	}

	override kill(): void {
		for (const workflow of this.workflows) {
			this.cancelQueued(workflow);
			const isEnding = workflow.pending === 'edit' || workflow.pending === 'unpublish';
			if (!isEnding || !this.isBusy(workflow)) continue;
			for (const trigger of workflow.triggers) this.world.halfDone(trigger);
		}
		super.kill();
	}

	/** @returns false if it has failed, and all webhooks of the workflow are gone */
	private async add(
		workflow: WorkflowRow,
		process: Process,
		mode: WorkflowActivateMode,
		stored: StaticData,
	): Promise<boolean> {
		const all = workflow.triggers.map((trigger, index) =>
			this.contexts.load(process, workflow, trigger, stored[index] ?? {}),
		);
		try {
			for (const running of all) await this.callCreate(running, mode);
		} catch {
			await this.clearWebhooks(workflow, process);
			return false;
		}
		for (const running of all) this.save(running);
		for (const running of all) await this.startTrigger(running, mode, () => current(all, stored));
		this.cancelQueued(workflow);
		return true;
	}

	private async startTrigger(
		running: Running,
		mode: WorkflowActivateMode,
		staticData: () => StaticData,
	): Promise<void> {
		const { process, workflow, trigger } = running;
		const onError = () => {
			void this.removeTriggers(workflow);
			this.queue(workflow, process, mode, staticData);
		};
		const starting = { activation: mode, isN8nV1: this.isN8nV1, onError };
		const half = await InMemoryHalf.start(this, running, starting);
		if (!process.isDead) this.halves.set(trigger, half);
	}

	private async clearWebhooks(workflow: WorkflowRow, process: Process): Promise<void> {
		for (const [index, trigger] of workflow.triggers.entries()) {
			const running = this.contexts.load(process, workflow, trigger);
			const isDeleted = await this.callDelete(running);
			this.save(running);
			if (isDeleted) continue;
			// The first failure ends it.
			for (const each of workflow.triggers.slice(index)) each.mayBeLeft = true;
			return;
		}
	}

	private async removeTriggers({ triggers }: WorkflowRow): Promise<void> {
		for (const trigger of triggers) {
			const half = this.halves.get(trigger);
			this.halves.delete(trigger);
			await half?.stop();
		}
	}

	/** Activates a workflow after 1 s, and after a failure again after 2 s, 4 s and so on. */
	private queue(
		workflow: WorkflowRow,
		process: Process,
		mode: WorkflowActivateMode,
		staticData: () => StaticData,
	): void {
		this.cancelQueued(workflow);
		const activation = { isCancelled: false };
		this.queued.set(workflow, activation);
		const attempt = async (waitMs: number): Promise<void> => {
			await clock.sleep(waitMs);
			if (activation.isCancelled || process.isDead) return;
			let isAdded = false;
			await this.whileBusy(workflow, process, async () => {
				isAdded = await this.add(workflow, process, mode, staticData());
			});
			if (!isAdded) await attempt(2 * waitMs);
		};
		void attempt(SECOND);
	}

	private cancelQueued(workflow: WorkflowRow): void {
		const activation = this.queued.get(workflow);
		if (activation !== undefined) activation.isCancelled = true;
		this.queued.delete(workflow);
	}
}

/**
 * What the object that n8n holds of the workflow has as static data: what the nodes have written, unless
 * the database had none; then n8n has made an object that this one does not know.
 */
const current = (all: Running[], stored: StaticData): StaticData =>
	stored.every((each) => each === undefined) ? stored : all.map(({ node }) => node.staticData);
