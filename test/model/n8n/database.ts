import type { IDataObject } from 'n8n-workflow';

/** A KLIQ Trigger in n8n's database. */
export interface TriggerRow {
	readonly name: string;
	readonly nodeId: string;
	readonly webhookId: string;
	events: string[];
	staticData: IDataObject | undefined;
	/** Earlier static data, as a backup may hold it. */
	readonly backups: Array<IDataObject | undefined>;
	/** n8n's log says that something may be left at KLIQ. */
	mayBeLeft: boolean;
}

/** A workflow in n8n's database. */
export interface WorkflowRow {
	id: string;
	readonly triggers: TriggerRow[];
	/** `failed`: published, and n8n 2.x has given the trigger up until the workflow is unpublished. */
	status: 'unpublished' | 'published' | 'failed';
	/** What n8n has begun and not ended. */
	pending?: 'publish' | 'edit' | 'unpublish';
}

/** Writes the static data of a trigger. */
export function saveStaticData(trigger: TriggerRow, staticData: IDataObject | undefined): void {
	trigger.backups.push(trigger.staticData);
	trigger.staticData = staticData && { ...staticData };
}

/** A copy of a database. */
export const copyDatabase = (workflows: WorkflowRow[]): WorkflowRow[] =>
	workflows.map((workflow) => ({
		...workflow,
		triggers: workflow.triggers.map((trigger) => ({ ...trigger, backups: [...trigger.backups] })),
	}));
