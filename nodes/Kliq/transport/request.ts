import {
	NodeOperationError,
	type ICredentialsDecrypted,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse,
} from 'n8n-workflow';

import type { KliqCall, KliqContext } from '../types';
import { CREDENTIAL_NAME, getKliqCredentials, type KliqCredentials } from './credentials';
import { UNREADABLE_RESPONSE } from './networkErrors';
import { toError } from './errors';
import { isResponse, isSuccess, mayHaveTakenEffect, type RequestResult } from './result';
import { WaitBudget } from './retry/waitBudget';
import { isCancelled } from './retry/cancellableSleep';
import { retryDelay } from './retry/retryPolicy';
import { rateLimiterFor } from './rateLimit/rateLimiter';
import { REQUEST_TIMEOUT_MS, withTimeout } from './retry/timeout';
import { buildUrl, isPathSegment } from '../utils/url';
import { redactSecrets } from '../utils/redact';

/**
 * The one way to KLIQ: authenticates, waits where KLIQ asks to, tries again where that is safe.
 *
 * @returns the parsed body of KLIQ's answer; for a DELETE whatever came, mostly nothing
 * @throws NodeOperationError for an ID that cannot be one (nothing is sent then) and for a
 * canceled execution; NodeApiError for everything else, with what happened and what to do
 */
export async function kliqApiRequest(context: KliqContext, call: KliqCall): Promise<unknown> {
	refuseUnusableId(context, call);
	const account = await getKliqCredentials(context);
	const throttle = rateLimiterFor(account);
	const patience = new WaitBudget(context, call.until);
	const wait = async (milliseconds: number) => await patience.wait(milliseconds);
	const attempt = async () => {
		refuseCancelled(context, call);
		return await send(context, account, call);
	};

	let { mayBeGone = false } = call;
	for (let tries = 1; ; tries++) {
		const outcome = await throttle.send(attempt, wait);

		if (isSuccess(outcome) && isReadable(call, outcome.body)) return outcome.body;
		if (call.method === 'DELETE' && mayBeGone && isMissing(outcome)) return undefined;
		// The answer was lost, but perhaps not the work: the next try may find nothing to delete.
		mayBeGone ||= mayHaveTakenEffect(outcome);

		const untilRetry = retryDelay(call.method, outcome, tries);
		if (untilRetry === undefined || !patience.lastsFor(untilRetry)) {
			throw toError(context.getNode(), account, call, outcome, tries);
		}
		await wait(untilRetry);
	}
}

async function send(
	context: KliqContext,
	account: KliqCredentials,
	call: KliqCall,
): Promise<RequestResult> {
	const untilEnd = (call.until ?? Infinity) - Date.now();
	const timeout = Math.ceil(Math.max(1, Math.min(REQUEST_TIMEOUT_MS, untilEnd)));
	const options: IHttpRequestOptions = {
		method: call.method,
		url: buildUrl(account, call.path),
		qs: call.query,
		body: call.body,
		json: true,
		timeout,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		// n8n would send the API key on to whatever host a redirect names.
		disableFollowRedirect: true,
	};
	try {
		const response = (await withTimeout(
			timeout,
			async (abortSignal) =>
				await context.helpers.httpRequestWithAuthentication.call(
					context,
					CREDENTIAL_NAME,
					{ ...options, abortSignal },
					{ credentialsDecrypted: asDecrypted(account) },
				),
		)) as IN8nHttpFullResponse;
		return { status: response.statusCode, headers: response.headers, body: response.body };
	} catch (error) {
		const code = connectionCode(error);
		if (code !== undefined) return { code };
		// A new error, for the HTTP client's holds its request, and that the API key.
		const message = redactSecrets(account, (error as Error).message);
		throw new NodeOperationError(context.getNode(), message, { itemIndex: call.itemIndex });
	}
}

/** Given the credential, n8n need not fetch it from its database and decrypt it for each request. */
const asDecrypted = ({ fields }: KliqCredentials): ICredentialsDecrypted => ({
	id: CREDENTIAL_NAME,
	name: CREDENTIAL_NAME,
	type: CREDENTIAL_NAME,
	data: fields,
});

/**
 * n8n wraps the HTTP client's error. n8n 1.x loses the wrapped one (a class field of
 * `ExecutionBaseError` overwrites `cause`), but both lines keep its code where HTTP's would be. A
 * status stands there when the answer could not be read: statuses alone are no errors here.
 */
function connectionCode(error: unknown): string | undefined {
	const { httpCode } = error as { httpCode?: unknown };
	if (typeof httpCode !== 'string') return undefined;
	return /^\d+$/.test(httpCode) ? UNREADABLE_RESPONSE : httpCode;
}

const isMissing = (outcome: RequestResult) => isResponse(outcome) && outcome.status === 404;

/** JSON, or for a DELETE, whose answer is not documented, anything but a proxy's page. */
function isReadable({ method }: KliqCall, body: unknown): boolean {
	if (typeof body === 'object' && body !== null) return true;
	return (
		method === 'DELETE' &&
		!String(body ?? '')
			.trimStart()
			.startsWith('<')
	);
}

function refuseUnusableId(context: KliqContext, { thing, path, id, itemIndex }: KliqCall): void {
	const segments = id === undefined ? path : [...path, id];
	if (segments.every(isPathSegment)) return;
	const article = thing === 'observation' ? 'an' : 'a';
	const fromList = thing === 'location' ? 'Enter' : `Choose the ${thing} from the list, or enter`;
	throw new NodeOperationError(context.getNode(), `This is not the ID of ${article} ${thing}`, {
		description: `${fromList} its ID as KLIQ shows it. If the ID comes from an expression, check that it is not empty.`,
		itemIndex,
	});
}

function refuseCancelled(context: KliqContext, { itemIndex }: KliqCall): void {
	if (!isCancelled(context)) return;
	throw new NodeOperationError(context.getNode(), 'The execution was canceled', { itemIndex });
}
