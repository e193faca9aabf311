import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

/** What a trigger remembers of its subscription, in the node's static data. */
export interface TriggerData {
	webhookId?: string;
	/** Only where the trigger made the secret itself; the credential's stays in the credential. */
	secret?: string;
}

/** The trigger's memory. Changes to it are stored by n8n after publishing. */
export function getTriggerData(context: IHookFunctions | IWebhookFunctions): TriggerData {
	return context.getWorkflowStaticData('node') as TriggerData;
}

/** Replaces all that the trigger remembers. */
export function saveTriggerData(context: IHookFunctions, { webhookId, secret }: TriggerData): void {
	clearTriggerData(context);
	const memory = getTriggerData(context);
	memory.webhookId = webhookId;
	if (secret !== undefined) memory.secret = secret;
}

/** Empties the trigger's memory. */
export function clearTriggerData(context: IHookFunctions): void {
	const memory = getTriggerData(context);
	delete memory.webhookId;
	delete memory.secret;
}
