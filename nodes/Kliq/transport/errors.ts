import { NodeApiError, type INode } from 'n8n-workflow';

import type { KliqCall } from '../types';
import type { KliqCredentials } from './credentials';
import { classifyNetworkError } from './networkErrors';
import {
	isResponse,
	isSuccess,
	mayHaveTakenEffect,
	type KliqResponse,
	type RequestResult,
} from './result';
import { requestedDelay } from './retry/retryPolicy';
import { apiErrorMessage, toSingleLine } from '../utils/redact';

/** What happened, and how to go on, for a person who does not program. */
interface Explanation {
	message: string;
	description: string;
}

/** What a person can do about answers that are not KLIQ's. */
export const CHECK_BASE_URL =
	'Check the Base URL in the KLIQ API credential; KLIQ’s own is https://api.kliqpulse.com/v1.';

/**
 * Turns what KLIQ answered, or that it did not, into the error that n8n shows. Neither the API key
 * nor a signing secret stands in it, even where KLIQ's answer repeats them.
 *
 * @param tries requests made, at least 1
 */
export function toError(
	node: INode,
	account: KliqCredentials,
	call: KliqCall,
	outcome: RequestResult,
	tries: number,
): NodeApiError {
	const again = howToTryAgain(call, outcome);
	const { message, description } = isResponse(outcome)
		? explainAnswer(account, call, outcome, { tries, again })
		: explainSilence(account, outcome.code, again);
	return new NodeApiError(
		node,
		{ message },
		{
			message,
			description,
			httpCode: isResponse(outcome) ? String(outcome.status) : undefined,
			itemIndex: call.itemIndex,
		},
	);
}

/** Nothing is said of trying again where that could do a thing twice. */
function howToTryAgain({ method, path, cleansUp }: KliqCall, outcome: RequestResult): string {
	if (method !== 'POST' || cleansUp || !mayHaveTakenEffect(outcome)) {
		return 'Try again in a few minutes.';
	}
	const things = {
		observations: 'observations',
		jobs: 'CV jobs',
		webhooks: 'webhook subscriptions',
	};
	const made = things[path.at(-1) as keyof typeof things];
	return `KLIQ may have done it all the same: look among the ${made} before you run it again.`;
}

function explainAnswer(
	account: KliqCredentials,
	call: KliqCall,
	answer: KliqResponse,
	{ tries, again }: { tries: number; again: string },
): Explanation {
	const { status } = answer;
	const reason = apiErrorMessage(account, answer.body, call.body?.secret);
	const saying = reason && ` KLIQ says: ${reason}`;

	if (isSuccess(answer)) {
		return {
			message: 'The answer did not come from KLIQ’s API: it is not JSON',
			description: call.method === 'POST' ? `${again} ${CHECK_BASE_URL}` : CHECK_BASE_URL,
		};
	}
	if (status >= 300 && status < 400) {
		return {
			message: 'The Base URL points elsewhere: it answered with a redirect',
			description: `The API key is never sent on to another address. ${CHECK_BASE_URL}`,
		};
	}
	switch (status) {
		case 401:
			return {
				message: 'KLIQ did not accept the API key',
				description:
					'Open the KLIQ API credential and paste the whole key again. If it was revoked at KLIQ, create a new one there.',
			};
		case 403:
			return {
				message: 'The API key is not allowed to do this at KLIQ',
				description: `Give the key the scope ${call.scope} at KLIQ, and check that the Tenant ID in the KLIQ API credential is the key’s own.${saying}`,
			};
		case 404:
			return explainMissing(account, call, saying);
		case 408:
			return explainSilence(account, 'ETIMEDOUT', again);
		case 429:
			return {
				message: 'KLIQ is receiving too many requests',
				description: `${tries > 1 ? `n8n has tried ${tries} times. ` : ''}${whenToTryAgain(answer)} For large jobs, send fewer items at once.`,
			};
	}
	if (status >= 500) {
		return {
			message: `KLIQ is not working right now (HTTP ${status})`,
			description: `${again} If it stays like this, ask KLIQ’s support.${saying}`,
		};
	}
	return {
		message: reason
			? `KLIQ did not accept the request: ${reason}`
			: `KLIQ did not accept the request (HTTP ${status})`,
		description: 'Correct the values in the node’s fields and run it again.',
	};
}

function whenToTryAgain(answer: KliqResponse): string {
	const minutes = Math.ceil((requestedDelay(answer) ?? 0) / 60_000);
	return minutes > 1
		? `KLIQ asks to come back in ${minutes} minutes.`
		: 'Run it again in a minute.';
}

function explainMissing(
	account: KliqCredentials,
	{ thing, id }: KliqCall,
	saying: string,
): Explanation {
	if (id === undefined) {
		return {
			message: `KLIQ does not know the tenant “${account.tenantId}”`,
			description: `Check the Tenant ID in the KLIQ API credential; it begins with t_. Then: ${CHECK_BASE_URL}${saying}`,
		};
	}
	const wayOut =
		thing === 'location'
			? 'Check the ID at KLIQ'
			: `Choose the ${thing} from the list to see what there is`;
	return {
		message: `KLIQ has no ${thing} with the ID “${toSingleLine(id)}”`,
		description: `It may have been deleted, or belong to another tenant. ${wayOut}, then check the Tenant ID in the KLIQ API credential (now ${account.tenantId}).${saying}`,
	};
}

function explainSilence({ baseUrl }: KliqCredentials, code: string, again: string): Explanation {
	const { host } = new URL(baseUrl);
	switch (classifyNetworkError(code)) {
		case 'nameUnknown':
			return {
				message: `There is no server by the name of ${host}`,
				description: `${CHECK_BASE_URL} If it is right, n8n’s machine cannot look names up at the moment.`,
			};
		case 'refused':
			return {
				message: `Nothing answers at ${host}: the connection was refused`,
				description: `${CHECK_BASE_URL} If it is right, KLIQ may be down. ${again}`,
			};
		case 'unreachable':
			return {
				message: `n8n’s machine cannot reach ${host}`,
				description:
					'Check that it is connected to the internet and may reach the address through its firewall or proxy.',
			};
		case 'notTls':
			return {
				message: `${host} does not speak HTTPS`,
				description: `${CHECK_BASE_URL} If your company runs the server without HTTPS, begin the Base URL with http://.`,
			};
		case 'notTrusted':
			return {
				message: `The certificate of ${host} is not trusted`,
				description: `${CHECK_BASE_URL} If your company’s network inspects traffic, ask whoever runs n8n to trust its certificate (NODE_EXTRA_CA_CERTS).`,
			};
		case 'tooLate':
			return {
				message: `${host} did not answer in time`,
				description: `${again} If it stays like this, check that n8n’s machine may reach the address through its firewall or proxy.`,
			};
		case 'unreadable':
			return {
				message: `The answer of ${host} cannot be read: it is damaged`,
				description: `${again} ${CHECK_BASE_URL} If it is right, a proxy on the way may be spoiling answers.`,
			};
		case 'unsendable':
			return {
				message: 'The API key holds a character that cannot be sent',
				description:
					'Open the KLIQ API credential and paste the key again: letters, digits and _ only, no line break.',
			};
		case 'brokeOff':
			return {
				message: `The connection to ${host} broke off`,
				description: `${again} If it keeps happening, check the network of n8n’s machine.`,
			};
	}
}
