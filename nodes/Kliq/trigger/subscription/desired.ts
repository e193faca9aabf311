import type { INode } from 'n8n-workflow';

import type { KliqCredentials } from '../../transport/credentials';
import type { NewSubscription } from '../../types';
import type { Desired } from './plan';
import type { Publication } from './publication';
import { keyIdOf, signingSecretOf } from './secret';
import { subscriptionUrl } from './subscriptionUrl';

/** The desired state while a workflow is published: one subscription, by the credential as it is now. */
export function desiredState(
	credentials: KliqCredentials,
	node: INode,
	{ webhookUrl, events }: Pick<Publication, 'webhookUrl' | 'events'>,
): Desired & { subscription: NewSubscription } {
	const secret = signingSecretOf(credentials, node);
	const url = subscriptionUrl(webhookUrl, keyIdOf(credentials.apiKey, secret));
	return { webhookUrl, subscription: { url, events, secret } };
}
