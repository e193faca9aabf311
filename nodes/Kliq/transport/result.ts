import type { IDataObject } from 'n8n-workflow';

import { isBeforeSending } from './networkErrors';

/** KLIQ, or something in front of it, answered. */
export interface Answer {
	status: number;
	headers: IDataObject;
	/** Parsed where it was JSON, else the text as it came. */
	body: unknown;
}

/** No answer came. Whether KLIQ has done the work is unknown. */
export interface BrokenConnection {
	/** Node's or the HTTP client's error code, such as `ECONNREFUSED`, or `UNREADABLE`. */
	code: string;
}

/** What became of a request. */
export type Outcome = Answer | BrokenConnection;

/** Whether an answer came at all. */
export const isAnswer = (outcome: Outcome): outcome is Answer => 'status' in outcome;

/** Whether KLIQ did what it was asked. */
export const isSuccess = (outcome: Outcome): outcome is Answer =>
	isAnswer(outcome) && outcome.status >= 200 && outcome.status < 300;

/** Whether KLIQ, or something on the way to it (408), could not deal with a request at the moment. */
export const isOutOfOrder = ({ status }: Answer) => status >= 500 || status === 408;

/** Whether KLIQ may have done what it was asked without being able to say so. */
export function mayHaveBeenDone(outcome: Outcome): boolean {
	if (!isAnswer(outcome)) return !isBeforeSending(outcome.code);
	return isSuccess(outcome) || isOutOfOrder(outcome);
}
