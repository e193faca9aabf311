/** Name of the query parameter that holds the key ID. n8n ignores a query when it routes a request. */
const KEY_ID_PARAMETER = 'kid';

const KEY_ID = /^[0-9a-f]{12}/;

/** `/<endpoint>/<webhook ID>/webhook`: what n8n's address is followed by. */
const PATH_SEGMENTS_OF_TRIGGER = 3;

/**
 * The URL of a subscription: the node's webhook URL with the key ID of the signing secret.
 *
 * Assumption: KLIQ-EVENT-URL-QUERY.
 */
export const subscriptionUrl = (webhookUrl: string, keyId: string) =>
	`${webhookUrl}?${KEY_ID_PARAMETER}=${keyId}`;

/**
 * The key ID in the URL of a subscription.
 *
 * Assumption: KLIQ-SUB-URL-QUERY.
 *
 * @returns undefined where the URL has none, as one that was made by hand, or in a list that drops it
 */
export function keyIdIn(url: unknown): string | undefined {
	const value = parse(url)?.searchParams.get(KEY_ID_PARAMETER) ?? '';
	return KEY_ID.exec(value)?.[0];
}

/**
 * True for URLs that are equal without query, fragment and a slash at the end of the path: n8n routes
 * requests to both to the same node.
 *
 * Assumption: KLIQ-SUB-URL.
 */
export function isSameAddress(one: unknown, other: unknown): boolean {
	const address = addressOf(one);
	return address !== undefined && address === addressOf(other);
}

/**
 * True for the webhook URL of the same node on an n8n with another address: one that has moved, or a
 * copy. The webhook ID in the path is a UUID.
 */
export function isSameTriggerElsewhere(url: unknown, webhookUrl: string): boolean {
	const path = triggerPathOf(url);
	return (
		path !== undefined && path === triggerPathOf(webhookUrl) && !isSameAddress(url, webhookUrl)
	);
}

function addressOf(url: unknown): string | undefined {
	const parsed = parse(url);
	return parsed && `${parsed.origin}${withoutSlash(parsed.pathname)}`;
}

function triggerPathOf(url: unknown): string | undefined {
	const parsed = parse(url);
	if (parsed === undefined) return undefined;
	const segments = withoutSlash(parsed.pathname).split('/').slice(-PATH_SEGMENTS_OF_TRIGGER);
	return segments.length === PATH_SEGMENTS_OF_TRIGGER ? segments.join('/') : undefined;
}

const withoutSlash = (path: string) => path.replace(/\/+$/, '');

const parse = (url: unknown): URL | undefined =>
	typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
