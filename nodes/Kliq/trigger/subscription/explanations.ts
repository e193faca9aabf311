import { redactSecrets } from '../../utils/redact';
import { asSentence, toSingleLine } from '../../utils/text';
import { withoutUserInfo } from '../../utils/url';
import type { Reason } from './plan';
import type { Explanation, Publication } from './publication';

const CATCH_UP =
	'Events of that time may be missing: KLIQ does not send them again. To catch up, look finished CV jobs up with the KLIQ node (CV Job → Get Many); the ready workflow “Catch up” does it by itself.';

/** Reasons for which events may have been lost, so that the owner is told. The others are logged. */
type Outage = Extract<Reason, 'off' | 'gone' | 'events'>;

const OUTAGES: Record<Outage, Explanation> = {
	off: {
		message: 'KLIQ had switched the webhook subscription off; KLIQ Trigger has subscribed anew',
		description: `KLIQ does so after five failed retries in a row: look for failed executions of this workflow, and whether KLIQ can reach n8n. ${CATCH_UP}`,
	},
	gone: {
		message: 'The webhook subscription was gone at KLIQ; KLIQ Trigger has subscribed anew',
		description: `It was probably deleted at KLIQ; or the KLIQ API credential now names another tenant: then delete the old tenant’s webhook subscription at KLIQ. ${CATCH_UP}`,
	},
	events: {
		message: 'The webhook subscription was for other events; KLIQ Trigger has subscribed anew',
		description: `It was changed at KLIQ. ${CATCH_UP}`,
	},
};

const LOG_LINES: Record<Exclude<Reason, Outage>, string> = {
	first: 'has subscribed',
	moved: 'has subscribed at n8n’s new address',
	credential:
		'has subscribed anew, because the KLIQ API credential has changed. If it now names another tenant, delete the old tenant’s webhook subscription at KLIQ',
	unknown: 'has subscribed anew, because the signing secret of its subscription is unknown',
};

const isOutage = (reason: Reason): reason is Outage => reason in OUTAGES;

/**
 * What the owner is told of a subscription that was made.
 *
 * @returns undefined if there was no outage
 */
export function explainOutage(
	reason: Reason,
	{ inOrderAt, hasPosted }: Publication,
): Explanation | undefined {
	if (!isOutage(reason)) return undefined;
	// After publishing they may be those that the node had before: n8n could not delete that subscription.
	if (reason === 'events' && inOrderAt === undefined && hasPosted) return undefined;
	const { message, description } = OUTAGES[reason];
	const since =
		inOrderAt === undefined
			? 'It happened before n8n started, or soon after.'
			: `The last health check that found everything in order was at ${new Date(inOrderAt).toISOString()}.`;
	return { message, description: `${since} ${description}` };
}

/** What stands in the log of a subscription that was made without an outage. */
export const logLineOf = (reason: Reason): string =>
	isOutage(reason) ? 'has subscribed anew' : LOG_LINES[reason];

/** What stands in the log where the trigger waits before it subscribes. */
export const restraintLine = (restraint: 'unlisted' | 'lostAnswer'): string =>
	restraint === 'unlisted'
		? 'does not find its new webhook subscription in KLIQ’s list yet, and looks again'
		: 'cannot tell which webhook subscription in KLIQ’s list it has made, and waits before it makes another';

/** Says that a subscription made lately is in trouble again. */
export function explainLimit(reason: Reason): Explanation {
	const { message } = OUTAGES[isOutage(reason) ? reason : 'gone'];
	const [what] = message.split(';');
	return {
		message: `${what}, less than an hour after KLIQ Trigger has subscribed anew`,
		description:
			'KLIQ Trigger subscribes anew at most once an hour and will try again then. Find out who or what ends the subscription at KLIQ; if nobody does, ask KLIQ’s support.',
	};
}

/** Says that a published trigger has not been able to subscribe. */
export const explainPending = (error: Error): Explanation => ({
	message: `KLIQ Trigger is published but not subscribed yet: ${error.message}`,
	description:
		'You need not do anything: it tries again every minute, and is subscribed as soon as KLIQ answers. Until then KLIQ sends it no events.',
});

/** Says that a subscription may belong to another n8n, or be left over. */
export const explainElsewhere = (url: string): Explanation => ({
	message: `KLIQ holds a webhook subscription of this trigger for another address of n8n: ${url}`,
	description:
		'KLIQ Trigger has subscribed for n8n’s present address and left that one alone, since another n8n, of which this one is a copy, may still use it. If n8n has moved, delete it at KLIQ; left alone, KLIQ switches it off after five failed retries.',
});

/**
 * Says what unpublishing may have left at KLIQ. n8n shows no error of unpublishing in the editor; its
 * log holds the message.
 */
export function explainLeftBehind(webhookUrl: string, ids: string[], { message }: Error): string {
	const names = namesOf(ids);
	return `KLIQ may still hold a webhook subscription${names && ` (${names})`} to ${toSingleLine(withoutUserInfo(webhookUrl))}: ${asSentence(message)} Delete it at KLIQ, or publish and unpublish the workflow once more with a KLIQ API credential that works. Left alone, KLIQ switches it off after five failed retries`;
}

/** Says that none was there: deleted at KLIQ, or the credential's tenant has changed since it was made. */
export const missingLine = (ids: string[]): string =>
	`found no webhook subscription ${namesOf(ids)} at KLIQ. If the tenant in the credential has changed since the workflow was published, it is still there: delete it at KLIQ`;

const namesOf = (ids: string[]) =>
	ids
		.map((id) => redactSecrets(id, []))
		.filter((name) => name !== '')
		.join(', ');
