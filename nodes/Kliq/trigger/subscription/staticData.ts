import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

import type { Remembered } from './plan';

/**
 * What a trigger stores of its subscription in the node's static data, which everybody who can read
 * the workflow can read: never a secret.
 */
interface TriggerData {
	webhookId?: unknown;
	/** As it was sent to KLIQ, with the key ID. */
	url?: unknown;
}

/** Reads what the trigger remembers: one subscription at most. */
export function readTriggerData(context: IHookFunctions | ITriggerFunctions): Remembered[] {
	const { webhookId, url } = context.getWorkflowStaticData('node') as TriggerData;
	return typeof webhookId === 'string' && typeof url === 'string' ? [{ id: webhookId, url }] : [];
}

/**
 * Replaces what the trigger remembers. n8n writes it to its database after the lifecycle method; what a
 * health check changes it does not write.
 */
export function writeTriggerData(context: IHookFunctions, { id, url }: Remembered): void {
	clearTriggerData(context);
	Object.assign(context.getWorkflowStaticData('node'), { webhookId: id, url } as TriggerData);
}

/** Empties the trigger's static data. */
export function clearTriggerData(context: IHookFunctions): void {
	const stored = context.getWorkflowStaticData('node');
	for (const field of Object.keys(stored)) delete stored[field];
}
