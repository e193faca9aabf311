import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

/** What a trigger stores of its subscription in the node's static data. */
export interface TriggerData {
	webhookId?: string;
	/** Only a secret that the trigger generated; the credential's stays in the credential. */
	secret?: string;
}

/** Reads the trigger's static data. */
export function getTriggerData(context: IHookFunctions | IWebhookFunctions): TriggerData {
	return context.getWorkflowStaticData('node') as TriggerData;
}

/** Replaces the trigger's static data. n8n writes it to its database after activation. */
export function saveTriggerData(context: IHookFunctions, { webhookId, secret }: TriggerData): void {
	clearTriggerData(context);
	const data = getTriggerData(context);
	data.webhookId = webhookId;
	if (secret !== undefined) data.secret = secret;
}

/** Empties the trigger's static data. */
export function clearTriggerData(context: IHookFunctions): void {
	const data = getTriggerData(context);
	delete data.webhookId;
	delete data.secret;
}
