import { NodeError, NodeOperationError, type IHookFunctions } from 'n8n-workflow';

import { getAccount } from '../client/account';
import { createSubscription } from './api';
import { forget, recall, remember } from './memory';
import { deleteAll, findByUrl } from './ours';
import { isLoopback } from './reachable';
import { hasEvents, isLive } from './rules';
import { newSecret } from './secret';

/**
 * Whether KLIQ holds exactly what the trigger needs: one subscription with its URL, live, for its
 * events, the one it remembers, with a secret it can still verify by. Changes nothing.
 *
 * @throws NodeApiError as `kliqRequest`
 */
export async function isSubscribed(context: IHookFunctions): Promise<boolean> {
	const { webhookId, secret } = recall(context);
	if (webhookId === undefined) return false;
	const { signingSecret } = await getAccount(context);
	if ((secret ?? signingSecret) === undefined) return false;

	const found = await findByUrl(context, webhookUrl(context));
	return (
		found.length === 1 &&
		String(found[0].id) === webhookId &&
		isLive(found[0]) &&
		hasEvents(found[0], chosenEvents(context))
	);
}

/**
 * Subscribes, then ends every other subscription with the same URL, in this order so that no event
 * falls between them.
 *
 * @throws NodeOperationError when no event is chosen or KLIQ could never reach this n8n;
 * NodeApiError as `kliqRequest`
 */
export async function subscribe(context: IHookFunctions): Promise<void> {
	const url = webhookUrl(context);
	const events = chosenEvents(context);
	const { baseUrl, signingSecret } = await getAccount(context);
	refuseNoEvents(context, events);
	refuseUnreachable(context, url, baseUrl);

	const secret = signingSecret ?? newSecret();
	const { id } = await createSubscription(context, { url, events, secret });
	remember(context, { webhookId: id, secret: signingSecret ? undefined : secret });

	const others = (await findByUrl(context, url)).filter((each) => String(each.id) !== id);
	await deleteAll(context, others);
}

/**
 * Ends every subscription with the trigger's URL, remembered or not.
 *
 * @throws NodeApiError as `kliqRequest`
 */
export async function unsubscribe(context: IHookFunctions): Promise<void> {
	await deleteAll(context, await findByUrl(context, webhookUrl(context)));
	forget(context);
}

/**
 * Moves all that an error says into its message: n8n's editor shows no description of what goes
 * wrong while publishing.
 *
 * @throws the error it is given
 */
export function sayAllInTheMessage(error: unknown): never {
	if (error instanceof NodeError && error.description) {
		error.message = `${error.message}. ${error.description}`;
		error.description = undefined;
	}
	throw error;
}

function webhookUrl(context: IHookFunctions): string {
	const url = context.getNodeWebhookUrl('default');
	if (url === undefined) {
		throw new NodeOperationError(context.getNode(), 'n8n gave this trigger no webhook URL', {
			description: 'Delete the node, add KLIQ Trigger again and publish the workflow.',
		});
	}
	return url;
}

const chosenEvents = (context: IHookFunctions) =>
	context.getNodeParameter('events', []) as string[];

function refuseNoEvents(context: IHookFunctions, events: string[]): void {
	if (events.length > 0) return;
	throw new NodeOperationError(context.getNode(), 'No event is chosen in KLIQ Trigger', {
		description: 'Open the node and choose at least one under Events, then publish again',
	});
}

function refuseUnreachable(context: IHookFunctions, url: string, baseUrl: string): void {
	if (!isLoopback(url) || isLoopback(baseUrl)) return;
	throw new NodeOperationError(
		context.getNode(),
		`KLIQ cannot reach this n8n: its address is ${new URL(url).origin}, which only this machine knows`,
		{
			description:
				'Start n8n with the environment variable WEBHOOK_URL set to an address that the internet can reach, or with a tunnel such as ngrok or cloudflared in front of it, then publish again',
		},
	);
}
