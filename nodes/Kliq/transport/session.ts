import type {
	ICredentialsDecrypted,
	IHttpRequestOptions,
	IN8nHttpFullResponse,
	INode,
} from 'n8n-workflow';

import type { KliqContext } from '../types';
import { redactSecrets } from '../utils/redact';
import { CREDENTIAL_NAME, readKliqCredentials, type KliqCredentials } from './credentials';
import { MAX_TOTAL_WAIT_MS } from './limits';
import { rateLimiterFor, type RateLimiter } from './rateLimit/rateLimiter';

/** For what a session's requests are made. */
export interface SessionOptions {
	/** The input item: its credential is used, and errors name it. */
	itemIndex?: number;
	/** When requests, waits and queueing end at the latest, on the monotonic clock; none if missing. */
	deadline?: number;
	/** Longest total wait of one request, for retries and in the queue, in milliseconds. */
	maxWaitMs?: number;
}

/** All that the requests of one item share: credential, rate limiter, deadline, and whom errors name. */
export interface KliqSession {
	readonly node: INode;
	readonly itemIndex?: number;
	readonly credentials: KliqCredentials;
	readonly rateLimiter: RateLimiter;
	/** On the monotonic clock, in milliseconds; Infinity for none. */
	readonly deadline: number;
	/** Longest total wait of one request, for retries and in the queue, in milliseconds. */
	readonly maxWaitMs: number;
	/** Aborted once the user has stopped the execution; undefined outside of executions. */
	readonly cancelSignal?: AbortSignal;
	/** True once the user has stopped the execution, or the requests are no longer wanted. */
	isCancelled(): boolean;
	/** Sends one request with the credential's authentication. */
	send(options: IHttpRequestOptions): Promise<IN8nHttpFullResponse>;
	/** Sends one request without the credential, to a server that is not KLIQ's API. */
	sendUnauthenticated(options: IHttpRequestOptions): Promise<IN8nHttpFullResponse>;
	/** Makes foreign text safe to show (see `redactSecrets`). */
	redact(text: string, ...moreSecrets: unknown[]): string;
}

/**
 * Reads the item's credential and opens a session for it.
 *
 * @throws NodeOperationError as `readKliqCredentials`
 */
export async function openSession(
	context: KliqContext,
	{ itemIndex, deadline = Infinity, maxWaitMs = MAX_TOTAL_WAIT_MS }: SessionOptions,
): Promise<KliqSession> {
	const credentials = await readKliqCredentials(context, itemIndex);
	const { apiKey, signingSecret, fields } = credentials;
	// Given the decrypted credential, n8n need not read it from its database for each request.
	const credentialsDecrypted: ICredentialsDecrypted = {
		id: CREDENTIAL_NAME,
		name: CREDENTIAL_NAME,
		type: CREDENTIAL_NAME,
		data: fields,
	};
	const cancelSignal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return {
		node: context.getNode(),
		itemIndex,
		credentials,
		rateLimiter: rateLimiterFor(credentials),
		deadline,
		maxWaitMs,
		cancelSignal,
		isCancelled: () => !!cancelSignal?.aborted,
		send: async (options) =>
			(await context.helpers.httpRequestWithAuthentication.call(context, CREDENTIAL_NAME, options, {
				credentialsDecrypted,
			})) as IN8nHttpFullResponse,
		sendUnauthenticated: async (options) =>
			(await context.helpers.httpRequest(options)) as IN8nHttpFullResponse,
		redact: (text, ...moreSecrets) => redactSecrets(text, [apiKey, signingSecret, ...moreSecrets]),
	};
}
