import type { NodeApiError } from 'n8n-workflow';

import { LOCATION, RESOURCES, type EntityReference, type KliqRequestOptions } from '../types';
import { apiError } from '../utils/nodeErrors';
import { asObject } from '../utils/object';
import { isPrivateUrl } from '../utils/url';
import { KLIQ_BASE_URL } from './baseUrl';
import type { FailureValue } from './failure';
import { classifyNetworkError } from './networkErrors';
import { requestedDelay } from './requestedDelay';
import {
	isResponse,
	isSuccess,
	mayHaveTakenEffect,
	type KliqResponse,
	type NetworkFailure,
	type RequestResult,
} from './result';
import type { KliqSession } from './session';

/** What happened, what the user does next, and who can end it. */
interface Explanation extends FailureValue {
	message: string;
	description: string;
}

/** What the user checks when a response is not KLIQ's. */
export const CHECK_BASE_URL = `Check the Base URL in the KLIQ API credential; KLIQ’s own is ${KLIQ_BASE_URL}.`;

/**
 * Turns a failed request into the error that n8n shows. API key and signing secrets are redacted,
 * even where the response repeats them.
 *
 * @param attempts requests sent, at least 1
 */
export function toApiError(
	session: KliqSession,
	request: KliqRequestOptions,
	result: RequestResult,
	attempts: number,
): NodeApiError & FailureValue {
	const retryAdvice = adviseRetry(request, result);
	const status = isResponse(result) && !isForeign(result) ? result.status : undefined;
	const { message, description, kind } = isResponse(result)
		? explainResponse(session, request, result, { attempts, retryAdvice })
		: explainNetworkFailure(session, result, retryAdvice);
	return Object.assign(apiError(session, message, description, status), { kind });
}

/** The one entity that a request refers to, in its path or in its body; undefined for a list. */
export function referencedEntity({
	resource,
	id,
	notFound,
}: KliqRequestOptions): EntityReference | undefined {
	return id === undefined ? notFound : { entity: RESOURCES[resource], id };
}

/**
 * The API's own message in an error response or a failed job. KLIQ documents no form, so the usual
 * places are tried.
 *
 * Assumption: KLIQ-ERROR-MESSAGE.
 *
 * @returns redacted, on one line; empty if there is no message
 */
export function readApiMessage(
	session: Pick<KliqSession, 'redact'>,
	body: unknown,
	...moreSecrets: unknown[]
): string {
	const message = messageCandidates(body).find(
		(candidate): candidate is string => typeof candidate === 'string' && candidate.trim() !== '',
	);
	return session.redact(message ?? '', ...moreSecrets);
}

function messageCandidates(body: unknown): unknown[] {
	const { error, message, detail, errors } = asObject(body);
	const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
	return [asObject(error).message, message, error, detail, asObject(first).message, first];
}

/** Does not advise a retry where the request may have taken effect and would do so twice. */
function adviseRetry(request: KliqRequestOptions, result: RequestResult): string {
	const { method, callerCleansUp, resource } = request;
	if (method !== 'POST' || callerCleansUp || !mayHaveTakenEffect(result)) {
		return 'Try again in a few minutes.';
	}
	const { plural } = RESOURCES[resource];
	return `KLIQ may have done it all the same: look among the ${plural} before you run it again.`;
}

function explainResponse(
	session: KliqSession,
	request: KliqRequestOptions,
	response: KliqResponse,
	{ attempts, retryAdvice }: { attempts: number; retryAdvice: string },
): Explanation {
	const { status } = response;
	const { method, resource } = request;
	if (status === 407) return PROXY_AUTHENTICATION;
	if (isForeign(response)) return explainForeignPage(status);
	const reason = readApiMessage(session, response.body, request.body?.secret);
	const quote = reason && ` KLIQ says: ${reason}`;
	const responder = reason ? 'KLIQ' : 'KLIQ, or a proxy on the way to it,';
	const proxyHint = reason ? '' : PROXY_HINT;

	if (isSuccess(response)) {
		return {
			kind: 'foreign',
			message: 'The answer did not come from KLIQ’s API: it is not JSON',
			description: method === 'POST' ? `${retryAdvice} ${CHECK_BASE_URL}` : CHECK_BASE_URL,
		};
	}
	if (status >= 300 && status < 400) {
		return {
			kind: 'redirect',
			message: 'The Base URL points elsewhere: it answered with a redirect',
			description: `The API key is never sent on to another address. ${CHECK_BASE_URL}`,
		};
	}
	const { readScope, writeScope } = RESOURCES[resource];
	const requiredScope = method === 'GET' ? readScope : writeScope;
	// Assumptions KLIQ-AUTH-KEY, KLIQ-AUTH-TENANT, KLIQ-AUTH-SCOPE (docs/kliq-assumptions.md).
	switch (status) {
		case 401:
			return {
				kind: 'key',
				message: `${responder} did not accept the API key`,
				description: `Open the KLIQ API credential and paste the whole key again. If it was revoked at KLIQ, create a new one there.${proxyHint}`,
			};
		case 403:
			return {
				kind: 'scope',
				message: reason
					? 'The API key is not allowed to do this at KLIQ'
					: `${responder} does not allow the API key to do this`,
				description: `Give the key the scope ${requiredScope} at KLIQ, and check that the Tenant ID in the KLIQ API credential is the key’s own.${quote}${proxyHint}`,
			};
		case 404:
			return explainNotFound(session, request, responder, quote + proxyHint);
		case 408:
			return explainNetworkFailure(session, { code: 'ETIMEDOUT' }, retryAdvice);
		case 429:
			return {
				kind: 'passing',
				message: `${responder} is receiving too many requests`,
				description: `${attempts > 1 ? `n8n has tried ${attempts} times. ` : ''}${adviseDelay(response)} For large jobs, send fewer items at once.`,
			};
	}
	if (status >= 500) {
		return {
			kind: 'passing',
			message: `KLIQ is not working right now (HTTP ${status})`,
			description: `${retryAdvice} If it stays like this, ask KLIQ’s support.${quote}${proxyHint}`,
		};
	}
	return {
		kind: 'request',
		message: reason
			? `KLIQ did not accept the request: ${reason}`
			: `${responder} did not accept the request (HTTP ${status})`,
		description: `Correct the values in the node’s fields and run it again.${proxyHint}`,
	};
}

const PROXY_AUTHENTICATION: Explanation = {
	kind: 'proxy',
	message: 'A proxy between n8n and KLIQ asks for a user name and password (HTTP 407)',
	description:
		'Ask whoever runs n8n to check the proxy in its environment (HTTP_PROXY, HTTPS_PROXY). The KLIQ API credential has nothing to do with it.',
};

/** KLIQ's API answers in JSON, so an HTML page is a proxy's, a firewall's or another web server's. */
const isHtml = (body: unknown) => typeof body === 'string' && body.trimStart().startsWith('<');

/** True for a refusal that is not KLIQ's, so that its status says nothing of key, scope or tenant. */
const isForeign = ({ status, body }: KliqResponse) => status >= 400 && status < 500 && isHtml(body);

const explainForeignPage = (status: number): Explanation => ({
	kind: 'foreign',
	message: `The answer did not come from KLIQ’s API: it is a web page (HTTP ${status})`,
	description: `${CHECK_BASE_URL} If it is right, a proxy, a firewall or a sign-in page between n8n and KLIQ has answered: ask whoever runs n8n’s network.`,
});

/** Of a refusal without a message: KLIQ's errors have one, as far as is known; a proxy's may be anything. */
const PROXY_HINT =
	' The answer does not look like KLIQ’s, so a proxy or firewall on the way may have given it: ask whoever runs n8n’s network.';

const MINUTES_OF_A_DAY = 24 * 60;

function adviseDelay(response: KliqResponse): string {
	const minutes = Math.ceil((requestedDelay(response) ?? 0) / 60_000);
	if (minutes > MINUTES_OF_A_DAY) {
		return 'KLIQ asks to come back in more than a day: ask KLIQ’s support to raise your limit.';
	}
	return minutes > 1
		? `KLIQ asks to come back in ${minutes} minutes.`
		: 'Run it again in a minute.';
}

// Assumption KLIQ-ERROR-NOT-FOUND (docs/kliq-assumptions.md).
function explainNotFound(
	{ credentials: { tenantId }, redact }: KliqSession,
	request: KliqRequestOptions,
	responder: string,
	hints: string,
): Explanation {
	const missing = referencedEntity(request);
	if (missing === undefined) {
		return {
			kind: 'tenant',
			message: `${responder} does not know the tenant “${tenantId}”`,
			description: `Check the Tenant ID in the KLIQ API credential; it begins with t_. ${CHECK_BASE_URL}${hints}`,
		};
	}
	const { singular } = missing.entity;
	const check =
		missing.entity === LOCATION
			? 'Check the ID at KLIQ'
			: `Choose the ${singular} from the list to see what there is`;
	return {
		kind: 'request',
		message: `${responder} has no ${singular} with the ID “${redact(missing.id)}”`,
		description: `It may have been deleted, or belong to another tenant. ${check}, then check the Tenant ID in the KLIQ API credential (now ${tenantId}).${hints}`,
	};
}

const PLAIN_SERVER =
	'If your company runs the server without HTTPS, begin the Base URL with http://.';
/** Never http:// for the Base URL: the API key would cross the internet in the clear. */
const PLAIN_PROXY =
	'If it is right, ask whoever runs n8n to check its proxy: the proxy’s own address in HTTPS_PROXY mostly begins with http://.';

function explainNetworkFailure(
	{ credentials: { baseUrl } }: KliqSession,
	{ code, detail }: NetworkFailure,
	retryAdvice: string,
): Explanation {
	const { host } = new URL(baseUrl);
	switch (classifyNetworkError(code)) {
		case 'dnsNotFound':
			return {
				kind: 'passing',
				message: `There is no server by the name of ${host}`,
				description: `${CHECK_BASE_URL} If it is right, n8n’s machine cannot look names up at the moment, or the proxy that n8n uses (HTTPS_PROXY), if any, cannot be found.`,
			};
		case 'connectionRefused':
			return {
				kind: 'passing',
				message: `Nothing answers at ${host}: the connection was refused`,
				description: `${CHECK_BASE_URL} If it is right, KLIQ may be down, or the proxy that n8n uses (HTTPS_PROXY), if any. ${retryAdvice}`,
			};
		case 'hostUnreachable':
			return {
				kind: 'passing',
				message: `n8n’s machine cannot reach ${host}`,
				description:
					'Check that it is connected to the internet and may reach the address through its firewall or proxy.',
			};
		case 'tlsNotSupported':
			return {
				kind: 'noTls',
				message: `${host}, or a proxy on the way to it, does not speak HTTPS`,
				description: `${CHECK_BASE_URL} ${isPrivateUrl(baseUrl) ? PLAIN_SERVER : PLAIN_PROXY}`,
			};
		case 'untrustedCertificate':
			return {
				kind: 'certificate',
				message: `The certificate of ${host} is not trusted`,
				description: `${CHECK_BASE_URL} If your company’s network inspects traffic, ask whoever runs n8n to trust its certificate (NODE_EXTRA_CA_CERTS).`,
			};
		case 'timeout':
			return {
				kind: 'passing',
				message: `${host} did not answer in time`,
				description: `${retryAdvice} If it stays like this, check that n8n’s machine may reach the address through its firewall or proxy.`,
			};
		case 'unreadableResponse':
			return {
				kind: 'passing',
				message: `The answer of ${host} cannot be read: it is damaged`,
				description: `${retryAdvice} ${CHECK_BASE_URL} If it is right, a proxy on the way may be spoiling answers.`,
			};
		case 'invalidHeader':
			return {
				kind: 'header',
				message: 'The API key holds a character that cannot be sent',
				description:
					'Open the KLIQ API credential and paste the key again: letters, digits and _ only, no line break.',
			};
		case 'connectionLost':
			return {
				kind: 'passing',
				message: `The connection to ${host} broke off`,
				description: `${retryAdvice} If it keeps happening, check the network of n8n’s machine, and the proxy that n8n uses (HTTPS_PROXY), if any.${detail ? ` n8n reports: ${detail}` : ''}`,
			};
	}
}
