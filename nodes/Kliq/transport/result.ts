import type { IDataObject } from 'n8n-workflow';

import { wasNotSent } from './networkErrors';

/** KLIQ, or something in front of it, answered. */
export interface KliqResponse {
	status: number;
	headers: IDataObject;
	/** Parsed where it was JSON, else the text as it came. */
	body: unknown;
}

/** No answer came. Whether KLIQ has done the work is unknown. */
export interface NetworkFailure {
	/** Node's or the HTTP client's error code, such as `ECONNREFUSED`, or `UNREADABLE`. */
	code: string;
}

/** What became of a request. */
export type RequestResult = KliqResponse | NetworkFailure;

/** Whether an answer came at all. */
export const isResponse = (outcome: RequestResult): outcome is KliqResponse => 'status' in outcome;

/** Whether KLIQ did what it was asked. */
export const isSuccess = (outcome: RequestResult): outcome is KliqResponse =>
	isResponse(outcome) && outcome.status >= 200 && outcome.status < 300;

/** Whether KLIQ, or something on the way to it (408), could not deal with a request at the moment. */
export const isServerError = ({ status }: KliqResponse) => status >= 500 || status === 408;

/** Whether KLIQ may have done what it was asked without being able to say so. */
export function mayHaveTakenEffect(outcome: RequestResult): boolean {
	if (!isResponse(outcome)) return !wasNotSent(outcome.code);
	return isSuccess(outcome) || isServerError(outcome);
}
