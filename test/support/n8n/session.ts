import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** n8n pings its database again within seconds. */
const DATABASE_WITHIN_MS = 120_000;
const TIMEOUT_MS = 120_000;
const MAX_MESSAGE_LENGTH = 300;

/** n8n's answer to a request it refused. */
export class N8nRequestError extends Error {
	constructor(
		readonly status: number,
		readonly request: string,
		/** What the editor would show. */
		readonly n8nMessage: string,
	) {
		super(`${request} was answered ${status}: ${n8nMessage}`);
	}
}

/** A session with n8n's REST API: keeps the cookie and sends the same browser-id throughout. */
export class N8nSession {
	private readonly browserId = randomUUID();
	private cookie: string | undefined;

	/** @param url n8n's address without a slash at the end */
	constructor(private readonly url: string) {}

	/**
	 * Calls n8n and unwraps its `{ data }`. Where n8n says that it has lost its database, as it does on
	 * a busy machine before it has looked at the request, it is asked again.
	 *
	 * @throws N8nRequestError for any answer but 2xx
	 */
	async request<T>(method: string, path: string, body?: unknown): Promise<T> {
		const deadline = Date.now() + DATABASE_WITHIN_MS;
		for (;;) {
			try {
				return await this.requestOnce<T>(method, path, body);
			} catch (error) {
				const isWithoutDatabase = String(error).includes('Database is not ready');
				if (!isWithoutDatabase || Date.now() > deadline) throw error;
				await sleep(1_000);
			}
		}
	}

	private async requestOnce<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.url}${path}`, {
			method,
			headers: {
				'browser-id': this.browserId,
				// A kept connection may just be closing at n8n's end, and Node would fail on it.
				connection: 'close',
				...(body !== undefined && { 'content-type': 'application/json' }),
				...(this.cookie !== undefined && { cookie: this.cookie }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		const text = await response.text();
		if (!response.ok)
			throw new N8nRequestError(response.status, `${method} ${path}`, message(text));
		const authCookie = response.headers
			.getSetCookie()
			.find((cookie) => cookie.startsWith('n8n-auth='));
		if (authCookie !== undefined) this.cookie = authCookie.split(';')[0];
		const answer: unknown = text === '' ? undefined : JSON.parse(text);
		return (isObject(answer) && 'data' in answer ? answer.data : answer) as T;
	}
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function message(text: string): string {
	try {
		const answer: unknown = JSON.parse(text);
		if (isObject(answer) && typeof answer.message === 'string') return answer.message;
	} catch {
		// not JSON: n8n is starting, or has no such route
	}
	return text.slice(0, MAX_MESSAGE_LENGTH);
}
