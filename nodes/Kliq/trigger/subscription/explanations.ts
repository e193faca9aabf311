import { formatTime, formatTimeRange } from '../../utils/localTime';
import { redactSecrets } from '../../utils/redact';
import { asSentence, capitalize } from '../../utils/text';
import { readableUrl } from '../../utils/url';
import type { Outage, Reason } from './plan';
import type { ProbeResult } from './probe';
import type { Publication } from './publication';

/** What happened, and what the owner does next. */
export interface Explanation {
	message: string;
	description: string;
}

const CAUSES: Record<Outage, string> = {
	off: 'KLIQ had switched the webhook subscription off',
	gone: 'the webhook subscription was gone at KLIQ',
	events: 'the webhook subscription was for other events',
};

const ADVICE: Record<Outage, string> = {
	off: 'KLIQ does so after five failed retries in a row: look for failed executions of this workflow, and whether KLIQ can reach n8n.',
	gone: 'It was probably deleted at KLIQ; or the KLIQ API credential now names another tenant: then delete the old tenant’s webhook subscription with a KLIQ node (Webhook Subscription → Delete) and the old key.',
	events: 'It was changed at KLIQ.',
};

/** Where events of a kind can be looked up afterwards, by the beginning of their types. */
const WHERE_EVENTS_ARE = {
	'cv.': 'Finished CV jobs are in the KLIQ node’s CV Job → Get Many.',
	'observation.': 'Observations are in the KLIQ node’s Observation → Get Many.',
	'visit.': 'Visits can be looked up at KLIQ only.',
};

const LOG_LINES: Record<Exclude<Reason, Outage>, string> = {
	first: 'has subscribed',
	moved: 'has subscribed at n8n’s new address',
	credential:
		'has subscribed anew, because the KLIQ API credential has changed. If it now names another tenant, delete the old tenant’s webhook subscription with a KLIQ node (Webhook Subscription → Delete) and the old key',
	unknown: 'has subscribed anew, because the signing secret of its subscription is unknown',
};

const isOutage = (reason: Reason): reason is Outage => reason in CAUSES;

/** The outage that a subscription ends which is made for a reason; undefined if there was none. */
export function outageOf(
	reason: Reason,
	{ inOrderAt, hasPosted }: Publication,
): Outage | undefined {
	if (!isOutage(reason)) return undefined;
	// After publishing they may be those that the node had before: n8n could not delete that subscription.
	if (reason === 'events' && inOrderAt === undefined && hasPosted) return undefined;
	return reason;
}

/**
 * What the owner is told of an outage that has just ended.
 *
 * @param timeZone of the workflow, by its IANA name
 */
export function explainOutage(
	outage: Outage,
	{ inOrderAt, events }: Publication,
	timeZone: string,
): Explanation {
	const now = Date.now();
	const when =
		inOrderAt === undefined
			? `Events before ${formatTime(now, timeZone)} may be missing: it happened before n8n started, or soon after.`
			: `Events of ${formatTimeRange(inOrderAt, now, timeZone)} may be missing.`;
	const where = Object.entries(WHERE_EVENTS_ARE)
		.filter(([kind]) => events.some((type) => type.startsWith(kind)))
		.map(([, text]) => text);
	return {
		message: `KLIQ Trigger is subscribed again: ${CAUSES[outage]}`,
		description: [when, ADVICE[outage], 'KLIQ does not send such events again.', ...where].join(
			' ',
		),
	};
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
	const cause = CAUSES[isOutage(reason) ? reason : 'gone'];
	return {
		message: `${capitalize(cause)}, less than an hour after KLIQ Trigger has subscribed anew`,
		description:
			'KLIQ Trigger subscribes anew at most once an hour and will try again then. Find out who or what ends the subscription at KLIQ; if nobody does, ask KLIQ’s support.',
	};
}

/** Says that a published trigger has not been able to subscribe. */
export const explainPending = (error: Error): Explanation => ({
	message: `KLIQ Trigger is published but not subscribed yet: ${error.message}`,
	description:
		'If KLIQ is down, you need not do anything: KLIQ Trigger tries again every minute, and is subscribed as soon as KLIQ answers. Otherwise check the Base URL in the KLIQ API credential, and whether n8n’s machine may reach it. Until then KLIQ sends it no events.',
});

/** Says that a subscription may belong to another n8n, or be left over. */
export const explainElsewhere = (url: string): Explanation => ({
	message: `KLIQ holds a webhook subscription of this trigger for another address of n8n: ${url}`,
	description:
		'KLIQ Trigger has subscribed for n8n’s present address and left that one alone, since another n8n may still use it. If one n8n is a copy of the other, unpublish this workflow in the copy. If n8n has moved, delete the other one with a KLIQ node (Webhook Subscription → Delete); left alone, KLIQ switches it off after five failed retries.',
});

/** Says that something else than this trigger answers at n8n's own address. */
export function explainOwnAddress(
	address: string,
	answer: Exclude<ProbeResult, { from: 'none' }>,
): Explanation {
	const { what, advice } = explainAnswer(answer);
	return {
		message: `n8n’s address does not lead to this trigger: it is answered by ${what}`,
		description: `KLIQ Trigger has sent a request to its own address, ${address}, as KLIQ does. ${advice} If events of KLIQ do arrive, do nothing: n8n’s machine then gets there another way than KLIQ, for example through a proxy of its own (HTTPS_PROXY).`,
	};
}

const LET_THROUGH =
	'Have the proxy let POST requests to /webhook/ through to n8n without a login, with their path, body and headers unchanged.';
const SET_ADDRESS =
	'Check that WEBHOOK_URL (newer n8n 2.x: N8N_WEBHOOK_URL) is the address of this n8n, and restart n8n after a change.';

function explainAnswer(answer: Exclude<ProbeResult, { from: 'none' }>): {
	what: string;
	advice: string;
} {
	if (answer.from === 'trigger') {
		const other = readableUrl(answer.webhookUrl);
		return { what: `another n8n (${other})`, advice: SET_ADDRESS };
	}
	const { status, location, isPage, isTrigger } = answer;
	if (isTrigger) {
		return {
			what: 'a KLIQ Trigger with another signing secret, or through a proxy that changes requests',
			advice: `${SET_ADDRESS} ${LET_THROUGH}`,
		};
	}
	if (status >= 300 && status < 400) {
		const target = location === undefined ? '' : ` to ${readableUrl(location)}`;
		return {
			what: `a redirect${target}`,
			advice: `If it leads to a sign-in page: ${LET_THROUGH} Otherwise set WEBHOOK_URL (newer n8n 2.x: N8N_WEBHOOK_URL) to the address that it leads to, without /webhook/ and what follows it, and restart n8n.`,
		};
	}
	const what = isPage ? `a web page (HTTP ${status})` : `HTTP ${status}`;
	return { what, advice: status === 404 ? `${SET_ADDRESS} ${LET_THROUGH}` : LET_THROUGH };
}

/**
 * Says what unpublishing may have left at KLIQ. n8n shows no error of unpublishing in the editor; its
 * log holds the message.
 */
export function explainLeftBehind(webhookUrl: string, ids: string[], { message }: Error): string {
	const names = namesOf(ids);
	return `KLIQ may still hold a webhook subscription${names && ` (${names})`} to ${readableUrl(webhookUrl)}: ${asSentence(message)} Delete it with a KLIQ node (Webhook Subscription → Delete), or publish and unpublish the workflow once more with a KLIQ API credential that works. Left alone, KLIQ switches it off after five failed retries`;
}

/** Says that none was there: deleted at KLIQ, or the credential's tenant has changed since it was made. */
export const missingLine = (ids: string[]): string =>
	`found no webhook subscription ${namesOf(ids)} at KLIQ. If the tenant in the credential has changed since the workflow was published, it is still there: delete it with a KLIQ node (Webhook Subscription → Delete, By ID) and the old key`;

const namesOf = (ids: string[]) =>
	ids
		.map((id) => redactSecrets(id, []))
		.filter((name) => name !== '')
		.join(', ');
