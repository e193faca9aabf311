import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

/** What a trigger remembers of its subscription, in the node's static data. */
export interface Memory {
	webhookId?: string;
	/** Only where the trigger made the secret itself; the credential's stays in the credential. */
	secret?: string;
}

/** The trigger's memory. Changes to it are stored by n8n after publishing. */
export function recall(context: IHookFunctions | IWebhookFunctions): Memory {
	return context.getWorkflowStaticData('node') as Memory;
}

/** Replaces all that the trigger remembers. */
export function remember(context: IHookFunctions, { webhookId, secret }: Memory): void {
	forget(context);
	const memory = recall(context);
	memory.webhookId = webhookId;
	if (secret !== undefined) memory.secret = secret;
}

/** Empties the trigger's memory. */
export function forget(context: IHookFunctions): void {
	const memory = recall(context);
	delete memory.webhookId;
	delete memory.secret;
}
