import type { IDataObject } from 'n8n-workflow';

import { wasNotSent } from './networkErrors';

/** An HTTP response, from KLIQ or from a proxy in front of it. */
export interface KliqResponse {
	status: number;
	headers: IDataObject;
	/** Parsed if it was JSON, else the text. */
	body: unknown;
	/** When the request was sent, by the system clock, in milliseconds since 1970. */
	sentAt?: number;
}

/** No response came. Whether the request has taken effect is unknown unless `wasNotSent`. */
export interface NetworkFailure {
	/** Code of Node or of n8n's HTTP client, such as `ECONNREFUSED`, or one of `networkErrors.ts`. */
	code: string;
	/** The HTTP client's message, redacted, where it has no code. */
	detail?: string;
}

/** How a request ended. Failures are values here; `errors.ts` turns them into messages. */
export type RequestResult = KliqResponse | NetworkFailure;

/** True if a response came. */
export const isResponse = (result: RequestResult): result is KliqResponse => 'status' in result;

/** True for a 2xx response. */
export const isSuccess = (result: RequestResult): result is KliqResponse =>
	isResponse(result) && result.status >= 200 && result.status < 300;

/** True for 404. */
export const isNotFound = (result: RequestResult): result is KliqResponse =>
	isResponse(result) && result.status === 404;

/** True for 429. */
export const isTooManyRequests = (result: RequestResult): result is KliqResponse =>
	isResponse(result) && result.status === 429;

/** True for responses that a later attempt may not get: 5xx, and 408 of a proxy. */
export const isServerError = ({ status }: KliqResponse) => status >= 500 || status === 408;

/** True if the request may have taken effect although its result says nothing of it. */
export function mayHaveTakenEffect(result: RequestResult): boolean {
	if (!isResponse(result)) return !wasNotSent(result.code);
	return isSuccess(result) || isServerError(result);
}
