import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

/**
 * What a trigger stores of its subscription in the node's static data, which everybody who can read
 * the workflow can read: never a secret.
 */
export interface TriggerData {
	webhookId?: string;
	/** The webhook URL of the node; the subscription's, unless it has still to move there. */
	url?: string;
	/** The URL of the subscription that has still to move to `url`. */
	previousUrl?: string;
	/** See `fingerprintOf`. */
	fingerprint?: string;
}

const FIELDS = ['webhookId', 'url', 'previousUrl', 'fingerprint'] as const;

/** Reads the trigger's static data. */
export function getTriggerData(context: IHookFunctions | ITriggerFunctions): Readonly<TriggerData> {
	return context.getWorkflowStaticData('node') as TriggerData;
}

/**
 * Replaces the trigger's static data. n8n writes it to its database after the lifecycle method; what a
 * health check changes it does not write.
 */
export function saveTriggerData(context: IHookFunctions, data: TriggerData): void {
	clearTriggerData(context);
	const stored = context.getWorkflowStaticData('node');
	for (const field of FIELDS) if (data[field] !== undefined) stored[field] = data[field];
}

/** Empties the trigger's static data. */
export function clearTriggerData(context: IHookFunctions): void {
	const stored = context.getWorkflowStaticData('node');
	for (const field of Object.keys(stored)) delete stored[field];
}
