import type { IHttpRequestOptions, NodeApiError } from 'n8n-workflow';

import { LOCATION, RESOURCES, type KliqRequestOptions } from '../types';
import { monotonicNow } from '../utils/monotonicClock';
import { operationError } from '../utils/nodeErrors';
import { redactBody } from '../utils/redact';
import { isPathSegment } from '../utils/url';
import type { KliqCredentials } from './credentials';
import { referencedEntity, toApiError } from './errors';
import { UNKNOWN_FAILURE, UNREADABLE_RESPONSE } from './networkErrors';
import { requestedDelay } from './requestedDelay';
import {
	isNotFound,
	isSuccess,
	isTooManyRequests,
	mayHaveTakenEffect,
	type RequestResult,
} from './result';
import { cancellableSleep } from './retry/cancellableSleep';
import { retryDelay } from './retry/retryPolicy';
import { REQUEST_TIMEOUT_MS, withTimeout } from './retry/timeout';
import { WaitBudget } from './retry/waitBudget';
import type { KliqSession } from './session';

/** Time limit of one call with all its attempts, waits and queueing, unless its session's is earlier. */
export const MAX_CALL_MS = 120_000;

/** Result of a DELETE that is told to ignore it where KLIQ says that there is no such entity. */
export const NOT_FOUND = Symbol('not found');

/** Result of a DELETE whose earlier attempt may have deleted the entity that KLIQ no longer knows. */
export const MAY_BE_DELETED = Symbol('may be deleted');

/**
 * Sends a request to KLIQ: authenticates, waits for the rate limiter, retries where that is safe.
 *
 * Assumption: KLIQ-SUB-DELETE-TWICE.
 *
 * @returns the parsed body; for a DELETE whatever came, mostly nothing, NOT_FOUND or MAY_BE_DELETED
 * @throws NodeOperationError for an invalid ID (nothing is sent then) and for a cancelled execution;
 * NodeApiError for everything else, with what happened and what the user does next
 */
export async function kliqApiRequest(
	session: KliqSession,
	request: KliqRequestOptions,
): Promise<unknown> {
	assertValidId(session, request);
	const { rateLimiter } = session;
	const deadline = Math.min(session.deadline, monotonicNow() + MAX_CALL_MS);
	const budget = new WaitBudget(deadline, session.maxWaitMs);
	const ticket = rateLimiter.newTicket();
	const attempt = async () => {
		assertNotCancelled(session);
		return await sendOnce(session, request, deadline);
	};

	const { ignoreNotFound = false } = request;
	let mayBeDeleted = false;
	for (let attempts = 1; ; attempts++) {
		const queuedBefore = ticket.queuedMs;
		const result = await rateLimiter.run(ticket, attempt, {
			deadline: budget.waitDeadline,
			isCancelled: session.isCancelled,
		});
		budget.spend(ticket.queuedMs - queuedBefore);

		if (isSuccess(result) && isReadable(request, result.body)) return result.body;
		if (request.method === 'DELETE' && isNotFound(result) && isReadable(request, result.body)) {
			if (mayBeDeleted) return MAY_BE_DELETED;
			if (ignoreNotFound) return NOT_FOUND;
		}
		mayBeDeleted ||= mayHaveTakenEffect(result);

		const delay = retryDelay(request.method, result, attempts);
		if (delay === undefined || !budget.allows(delay)) {
			throw toApiError(session, request, result, attempts);
		}
		// The rate limiter's queue waits out a delay that a 429 asks for.
		if (isTooManyRequests(result) && requestedDelay(result) !== undefined) continue;
		budget.spend(delay);
		await cancellableSleep(delay, session.isCancelled);
	}
}

async function sendOnce(
	session: KliqSession,
	request: KliqRequestOptions,
	deadline: number,
): Promise<RequestResult> {
	const untilDeadline = deadline - monotonicNow();
	const timeout = Math.ceil(Math.max(1, Math.min(REQUEST_TIMEOUT_MS, untilDeadline)));
	const options: IHttpRequestOptions = {
		method: request.method,
		url: buildUrl(session.credentials, request),
		qs: request.query,
		body: request.body,
		json: true,
		timeout,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		// n8n would send the API key on to whatever host a redirect names.
		// Assumption KLIQ-HTTP-REDIRECT (docs/kliq-assumptions.md).
		disableFollowRedirect: true,
	};
	const sentAt = Date.now();
	try {
		const response = await withTimeout(
			timeout,
			async (abortSignal) => await session.send({ ...options, abortSignal }),
		);
		const body = redactBody(response.body, session.credentials.apiKey);
		return { status: response.statusCode, headers: response.headers, body, sentAt };
	} catch (error) {
		const code = networkErrorCode(error);
		if (code !== undefined) return { code };
		const { message, description } = error as Partial<NodeApiError>;
		if (!description) return { code: UNKNOWN_FAILURE, detail: session.redact(String(message)) };
		// n8n itself refuses, for example by its SSRF protection, and says what to do. A new error, because
		// n8n's holds the request and so the API key.
		throw operationError(session, session.redact(String(message)), session.redact(description));
	}
}

/** Base URL, tenant, the resource's path and the ID, each of these one encoded segment. */
function buildUrl({ baseUrl, tenantId }: KliqCredentials, request: KliqRequestOptions): string {
	const { path } = RESOURCES[request.resource];
	const segments = [
		'tenants',
		tenantId,
		...path,
		...(request.id === undefined ? [] : [request.id]),
	];
	return [baseUrl, ...segments.map(encodeURIComponent)].join('/');
}

/**
 * n8n wraps the HTTP client's error. n8n 1.x loses the wrapped one (a class field of
 * `ExecutionBaseError` overwrites `cause`), but both majors keep its code in `httpCode`. A status
 * stands there when the response could not be decoded: statuses alone are no errors here.
 */
function networkErrorCode(error: unknown): string | undefined {
	const { httpCode } = error as { httpCode?: unknown };
	if (typeof httpCode !== 'string') return undefined;
	return /^\d+$/.test(httpCode) ? UNREADABLE_RESPONSE : httpCode;
}

/**
 * JSON; for a DELETE, whose response is not documented, anything but an HTML page.
 *
 * Assumption: KLIQ-SUB-DELETE.
 */
function isReadable({ method }: KliqRequestOptions, body: unknown): boolean {
	if (typeof body === 'object' && body !== null) return true;
	const text = String(body ?? '').trimStart();
	return method === 'DELETE' && !text.startsWith('<');
}

function assertValidId(session: KliqSession, request: KliqRequestOptions): void {
	const reference = referencedEntity(request);
	if (reference === undefined || isPathSegment(reference.id)) return;
	const { article, singular } = reference.entity;
	const enter =
		reference.entity === LOCATION ? 'Enter' : `Choose the ${singular} from the list, or enter`;
	throw operationError(
		session,
		`This is not the ID of ${article} ${singular}`,
		`${enter} its ID as KLIQ shows it. If the ID comes from an expression, check that it is not empty.`,
	);
}

/** @throws NodeOperationError if the execution was cancelled */
export function assertNotCancelled(session: KliqSession): void {
	if (session.isCancelled()) throw operationError(session, 'The execution was canceled');
}
