import type { WorkflowActivateMode } from 'n8n-workflow';

import { clock } from '../../support/n8nCore/discreteEventClock';
import { MINUTE } from '../time';
import { Contexts, type Running } from './contexts';
import { saveStaticData, type TriggerRow, type WorkflowRow } from './database';
import type { InMemoryHalf } from './inMemory';
import { Process } from './process';
import type { Surroundings } from './surroundings';

const IMPORT_MS = MINUTE;

/**
 * An n8n with its database, as far as a trigger sees it. It has one main process, the leader, and after
 * a change of leader a second one as standby.
 */
export abstract class Instance {
	protected abstract readonly isN8nV1: boolean;

	/** All that there have been. */
	readonly processes: Process[] = [];

	leader?: Process;

	standby?: Process;

	readonly contexts: Contexts;

	readonly random;

	/** The in-memory halves that the leader runs. */
	protected readonly halves = new Map<TriggerRow, InMemoryHalf>();

	/** Workflows that n8n works on at this moment. */
	private readonly busy = new Map<WorkflowRow, number>();

	private readonly turns = new Map<WorkflowRow, Promise<void>>();

	constructor(
		protected readonly world: Surroundings,
		readonly name: string,
		readonly workflows: WorkflowRow[],
		/** The public address (WEBHOOK_URL), changed by a restart only. */
		public address: string,
	) {
		this.contexts = new Contexts(world);
		this.random = world.random;
	}

	/** Publishes a workflow's triggers. @returns the workflow's status after it */
	protected abstract activate(
		workflow: WorkflowRow,
		process: Process,
		mode: WorkflowActivateMode,
	): Promise<WorkflowRow['status']>;

	protected abstract deactivate(workflow: WorkflowRow, process: Process): Promise<void>;

	/** What a start does with a workflow that a killed process has left half done. */
	protected abstract resume(workflow: WorkflowRow, process: Process): Promise<void>;

	/** The process that a request of an operator reaches. */
	protected get receiver(): Process | undefined {
		return this.leader;
	}

	/** The trigger's webhook URL. */
	urlOf(trigger: TriggerRow): string {
		return `${this.address}/webhook/${trigger.webhookId}/webhook`;
	}

	/** The trigger behind a URL. */
	find(url: string): { workflow: WorkflowRow; trigger: TriggerRow } | undefined {
		const { pathname } = new URL(url);
		for (const workflow of this.workflows) {
			const trigger = workflow.triggers.find((each) => pathname.includes(`/${each.webhookId}/`));
			if (trigger !== undefined) return { workflow, trigger };
		}
		return undefined;
	}

	isBusy(workflow: WorkflowRow): boolean {
		return (this.busy.get(workflow) ?? 0) > 0;
	}

	/** Waits for what n8n has begun. */
	async untilIdle(): Promise<void> {
		await Promise.all(this.turns.values());
	}

	async publish(workflow: WorkflowRow): Promise<void> {
		await this.inTurn(workflow, async (process) => {
			// n8n 2.x ignores a second publish after a failed one.
			if (workflow.status !== 'unpublished') return;
			workflow.status = 'published';
			workflow.pending = 'publish';
			await this.finish(workflow, process, this.activate(workflow, process, 'activate'));
		});
	}

	async unpublish(workflow: WorkflowRow): Promise<void> {
		await this.inTurn(workflow, async (process) => {
			if (workflow.status === 'unpublished') return;
			workflow.pending = 'unpublish';
			await this.finish(workflow, process, this.deactivated(workflow, process));
		});
	}

	/** Changes the events of a workflow's triggers. */
	async edit(workflow: WorkflowRow, events: string[]): Promise<void> {
		await this.inTurn(workflow, async (process) => {
			if (workflow.status === 'unpublished') return setEvents(workflow, events);
			workflow.pending = 'edit';
			await this.deactivate(workflow, process);
			setEvents(workflow, events);
			if (process.isDead) return;
			workflow.status = 'published';
			await this.finish(workflow, process, this.activate(workflow, process, 'update'));
		});
	}

	/** Deletes a workflow and imports it again: another ID, the same nodes, no static data. */
	async importAgain(workflow: WorkflowRow): Promise<void> {
		await this.unpublish(workflow);
		if (workflow.status !== 'unpublished') return;
		// It takes a person longer than a list may lag.
		await clock.sleep(IMPORT_MS);
		if (workflow.status !== 'unpublished') return;
		workflow.id = this.random.uuid();
		for (const trigger of workflow.triggers) saveStaticData(trigger, undefined);
		await this.publish(workflow);
	}

	kill(): void {
		if (this.leader !== undefined) this.world.trace(`kill ${this.leader.name}`);
		this.leader?.kill();
		this.standby?.kill();
		this.leader = undefined;
		this.standby = undefined;
		this.halves.clear();
	}

	async start(): Promise<void> {
		if (this.leader !== undefined) return;
		this.leader = this.newProcess();
		this.world.trace(`start ${this.leader.name} at ${this.address}`);
		await this.activateAll('init');
	}

	/** Another main becomes the leader; the earlier one lives on. It ends what it has begun before. */
	async changeLeader(): Promise<void> {
		await this.untilIdle();
		const { leader: earlier } = this;
		if (earlier === undefined) return;
		this.leader = this.standby ?? this.newProcess();
		this.standby = earlier;
		this.world.trace(`leader ${earlier.name} -> ${this.leader.name}`);
		await this.stepDown();
		await this.activateAll('leadershipChange');
	}

	protected async stepDown(): Promise<void> {
		const stopped = [...this.halves.values()].map(async (half) => await half.stop());
		this.halves.clear();
		await Promise.all(stopped);
	}

	/** Counts a workflow as worked on until the work has ended, or its process. */
	protected async whileBusy(workflow: WorkflowRow, process: Process, work: () => Promise<void>) {
		this.busy.set(workflow, (this.busy.get(workflow) ?? 0) + 1);
		try {
			await process.whileAlive(work());
		} finally {
			this.busy.set(workflow, this.busy.get(workflow)! - 1);
		}
	}

	/** Saves the static data of a trigger, if its node has changed it. */
	protected save({ process, trigger, node }: Running): void {
		if (node.staticDataChanged && !process.isDead) saveStaticData(trigger, node.staticData);
	}

	/** Calls `delete`, and notes whether something may be left. @returns whether it has succeeded */
	protected async callDelete(running: Running): Promise<boolean> {
		const { process, trigger } = running;
		try {
			await this.contexts.call(running, 'delete', 'update');
			trigger.mayBeLeft = false;
			return true;
		} catch (error) {
			trigger.mayBeLeft = true;
			this.world.trace(`${process.name} ${trigger.name} delete threw: ${messageOf(error)}`);
			return false;
		}
	}

	/** Calls `checkExists` and, if it says no, `create`. @throws what they throw */
	protected async callCreate(running: Running, mode: WorkflowActivateMode): Promise<void> {
		const { world, contexts } = this;
		const { process, trigger } = running;
		const begun = performance.now();
		try {
			if (!['init', 'leadershipChange'].includes(mode)) world.publishing(trigger);
			if (await contexts.call(running, 'checkExists', mode)) return;
		} catch (error) {
			if (!process.isDead) world.breach('no-throw', `checkExists threw: ${messageOf(error)}`);
			throw error;
		}
		try {
			await contexts.call(running, 'create', mode);
		} catch (error) {
			const message = messageOf(error);
			world.trace(`${process.name} ${trigger.name} create threw: ${message}`);
			const isPersonal = world.hasNeededPerson(begun);
			if (!process.isDead && !isPersonal) world.breach('no-throw', `create threw: ${message}`);
			throw error;
		}
	}

	private newProcess(): Process {
		const { address, isN8nV1 } = this;
		const process = new Process(`${this.name}${this.processes.length + 1}`, address, { isN8nV1 });
		this.processes.push(process);
		this.world.started(process);
		return process;
	}

	private async activateAll(mode: WorkflowActivateMode): Promise<void> {
		const activated = this.workflows.map(
			async (workflow) =>
				await this.inTurn(workflow, async (process) => {
					if (workflow.pending !== undefined) return await this.resume(workflow, process);
					if (workflow.status === 'unpublished') return;
					await this.finish(workflow, process, this.activate(workflow, process, mode));
				}),
		);
		await Promise.all(activated);
	}

	protected async deactivated(workflow: WorkflowRow, process: Process) {
		await this.deactivate(workflow, process);
		return 'unpublished' as const;
	}

	/** Writes down the outcome of work on a workflow, unless its process died before. */
	protected async finish(
		workflow: WorkflowRow,
		process: Process,
		outcome: Promise<WorkflowRow['status']>,
	): Promise<void> {
		const status = await outcome;
		if (process.isDead) return;
		workflow.status = status;
		workflow.pending = undefined;
		this.world.trace(`${process.name} ${workflow.triggers[0].name}: ${status}`);
	}

	/** Does one thing after the other with a workflow. */
	private async inTurn(workflow: WorkflowRow, work: (process: Process) => Promise<void>) {
		const turn = (this.turns.get(workflow) ?? Promise.resolve()).then(async () => {
			const process = this.receiver;
			if (process === undefined) return;
			await this.whileBusy(workflow, process, async () => await work(process));
		});
		this.turns.set(workflow, turn);
		await turn;
	}
}

const setEvents = (workflow: WorkflowRow, events: string[]) => {
	for (const trigger of workflow.triggers) trigger.events = events;
};

export const messageOf = (error: unknown) => (error as Error).message;
