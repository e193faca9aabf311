import type { IDataObject } from 'n8n-workflow';

/** KLIQ, or something in front of it, answered. */
export interface Answer {
	status: number;
	headers: IDataObject;
	/** Parsed where it was JSON, else the text as it came. */
	body: unknown;
}

/** The code of an answer that began to come but made no sense, such as compressed data with an error. */
export const UNREADABLE = 'UNREADABLE';

/** No answer came. Whether KLIQ has done the work is unknown. */
export interface BrokenConnection {
	/** Node's or the HTTP client's error code, such as `ECONNREFUSED`, or `UNREADABLE`. */
	code: string;
}

export type Outcome = Answer | BrokenConnection;

/** Whether an answer came at all. */
export const isAnswer = (outcome: Outcome): outcome is Answer => 'status' in outcome;

/** Whether KLIQ did what it was asked. */
export const isSuccess = (outcome: Outcome): outcome is Answer =>
	isAnswer(outcome) && outcome.status >= 200 && outcome.status < 300;
