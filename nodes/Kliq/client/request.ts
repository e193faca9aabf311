import {
	NodeApiError,
	NodeOperationError,
	type ICredentialsDecrypted,
	type IHttpRequestOptions,
	type IN8nHttpFullResponse,
} from 'n8n-workflow';

import type { KliqCall, KliqContext } from '../types';
import { CREDENTIAL_NAME, getAccount, type KliqAccount } from './account';
import { toError } from './errors';
import { isAnswer, isSuccess, UNREADABLE, type Outcome } from './outcome';
import { isCancelled, pause } from './pause';
import { MAX_WAITING_MS, waitBeforeRetry } from './retry';
import { learnFrom, timeUntilOpen } from './throttle';
import { buildUrl, isUsableSegment } from './url';
import { fitToShow } from './words';

/** KLIQ's own SDKs give up on a request after 30 s. */
const TIMEOUT_MS = 30_000;

/**
 * The one way to KLIQ: authenticates, waits where KLIQ asks to, tries again where that is safe.
 *
 * @returns the parsed body of KLIQ's answer; for a DELETE whatever came, mostly nothing
 * @throws NodeOperationError for an ID that cannot be one (nothing is sent then) and for a
 * cancelled execution; NodeApiError for everything else, with what happened and what to do
 */
export async function kliqRequest(context: KliqContext, call: KliqCall): Promise<unknown> {
	refuseUnusableId(context, call);
	const account = await getAccount(context);
	const options: IHttpRequestOptions = {
		method: call.method,
		url: buildUrl(account, call.path),
		qs: call.query,
		body: call.body,
		json: true,
		timeout: TIMEOUT_MS,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		// n8n would send the API key on to whatever host a redirect names.
		disableFollowRedirect: true,
	};

	let waited = 0;
	let { mayBeGone = false } = call;
	const wait = async (milliseconds: number) => {
		waited += milliseconds;
		await pause(context, milliseconds);
	};

	for (let tries = 1; ; tries++) {
		const untilOpen = timeUntilOpen(account);
		if (untilOpen > 0 && waited + untilOpen <= MAX_WAITING_MS) await wait(untilOpen);
		refuseCancelled(context, call);

		const outcome = await send(context, account, { ...options });
		if (isAnswer(outcome)) learnFrom(account, outcome);

		if (isSuccess(outcome) && (call.method === 'DELETE' || isJson(outcome.body))) {
			return outcome.body;
		}
		if (call.method === 'DELETE' && mayBeGone && isMissing(outcome)) return undefined;
		// The answer was lost, but perhaps not the work: the next try may find nothing to delete.
		mayBeGone ||= !isAnswer(outcome) || outcome.status >= 500;

		const untilRetry = waitBeforeRetry(call.method, outcome, tries);
		if (untilRetry === undefined || waited + untilRetry > MAX_WAITING_MS) {
			throw toError(context.getNode(), account, call, outcome);
		}
		await wait(untilRetry);
	}
}

async function send(
	context: KliqContext,
	account: KliqAccount,
	options: IHttpRequestOptions,
): Promise<Outcome> {
	try {
		const response = (await context.helpers.httpRequestWithAuthentication.call(
			context,
			CREDENTIAL_NAME,
			options,
			{ credentialsDecrypted: asDecrypted(account) },
		)) as IN8nHttpFullResponse;
		return { status: response.statusCode, headers: response.headers, body: response.body };
	} catch (error) {
		const code = connectionCode(error);
		if (code !== undefined) return { code };
		// A new error, for the HTTP client's holds its request, and that the API key.
		const message = fitToShow(account, (error as Error).message);
		throw new NodeApiError(context.getNode(), { message }, { message });
	}
}

/** Given the credential, n8n need not fetch it from its database and decrypt it for each request. */
const asDecrypted = ({ fields }: KliqAccount): ICredentialsDecrypted => ({
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
	return /^\d+$/.test(httpCode) ? UNREADABLE : httpCode;
}

const isMissing = (outcome: Outcome) => isAnswer(outcome) && outcome.status === 404;

const isJson = (body: unknown) => typeof body === 'object' && body !== null;

function refuseUnusableId(context: KliqContext, { thing, path, id, itemIndex }: KliqCall): void {
	const segments = id === undefined ? path : [...path, id];
	if (segments.every(isUsableSegment)) return;
	const article = thing === 'observation' ? 'an' : 'a';
	const fromList = thing === 'location' ? 'Enter' : `Choose the ${thing} from the list, or enter`;
	throw new NodeOperationError(context.getNode(), `This is not the ID of ${article} ${thing}`, {
		description: `${fromList} its ID as KLIQ shows it. If the ID comes from an expression, check that it is not empty.`,
		itemIndex,
	});
}

function refuseCancelled(context: KliqContext, { itemIndex }: KliqCall): void {
	if (!isCancelled(context)) return;
	throw new NodeOperationError(context.getNode(), 'The execution was cancelled', { itemIndex });
}
