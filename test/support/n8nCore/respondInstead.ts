import { jest } from '@jest/globals';
import type { IHttpRequestOptions } from 'n8n-workflow';

import type { NodeUnderTest } from './node';

type Context = ReturnType<NodeUnderTest['hooks' | 'trigger' | 'execution']>;

/** What n8n's HTTP client returns or throws for a request. */
export type Responder = (request: IHttpRequestOptions) => unknown;

/** Has this answer the requests of a context instead of KLIQ. */
export function respondInstead(context: Context, respond: Responder) {
	return jest
		.spyOn(context.helpers, 'httpRequestWithAuthentication')
		.mockImplementation(async (_type: string, request: IHttpRequestOptions) => respond(request));
}

/** A KLIQ that never answers: each request ends at its time limit, in virtual time. */
export const hang: Responder = ({ timeout }) => {
	jest.advanceTimersByTime(timeout!);
	throw networkError('ETIMEDOUT');
};

/** What n8n's HTTP client throws when there is no response. */
export const networkError = (httpCode: string) => Object.assign(new Error(httpCode), { httpCode });
