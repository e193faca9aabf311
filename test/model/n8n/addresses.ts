import { Readable } from 'node:stream';
import type { IHttpRequestOptions } from 'n8n-workflow';

import { clock } from '../../support/n8nCore/discreteEventClock';
import type { Random } from '../random';
import type { Instance } from './instance';
import type { Process } from './process';

/** Where public addresses lead. */
export class Addresses {
	private readonly instances = new Map<string, Instance>();

	constructor(
		private readonly random: Random,
		private readonly trace: (line: string) => void,
	) {}

	lead(address: string, instance: Instance): void {
		this.instances.set(address, instance);
	}

	leadNowhere(address: string): void {
		this.instances.delete(address);
	}

	/** The n8n that a URL leads to. */
	instanceAt(url: string): Instance | undefined {
		return this.instances.get(new URL(url).origin);
	}

	/** Answers a request as n8n's HTTP client would return it. @throws what that would throw */
	async request(from: Process, request: IHttpRequestOptions): Promise<unknown> {
		const {
			url,
			body,
			headers = {},
			encoding,
			returnFullResponse,
			ignoreHttpStatusErrors,
		} = request;
		await clock.sleep(20 + this.random.below(200));
		const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
		const response = await this.post(url, Buffer.from(text), headers as Record<string, string>);
		this.trace(`${from.name} asks ${url} -> ${response.statusCode}`);
		if (response.statusCode >= 400 && !ignoreHttpStatusErrors) {
			const { statusCode } = response;
			throw Object.assign(new Error(`Status ${statusCode}`), { httpCode: String(statusCode) });
		}
		const isStream = encoding === 'stream';
		const answer = isStream
			? Readable.from([Buffer.from(JSON.stringify(response.body))])
			: response.body;
		return returnFullResponse ? { ...response, body: answer } : answer;
	}

	/** Sends a request to the trigger behind a URL. @throws as n8n's HTTP client where none listens */
	async post(url: string, body: Buffer, headers: Record<string, string>) {
		const instance = this.instanceAt(url);
		if (instance === undefined) throw networkError('ENOTFOUND');
		const process = instance.leader;
		if (process === undefined) throw networkError('ECONNREFUSED');
		const found = instance.find(url);
		const isRegistered = found !== undefined && found.workflow.status === 'published';
		if (!isRegistered) return { statusCode: 404, headers: {}, body: {}, isRun: false };
		const running = instance.contexts.load(process, found.workflow, found.trigger);
		const response = await instance.contexts.receive(running, body, headers);
		return { ...response, headers: {} };
	}
}

const networkError = (httpCode: string) => Object.assign(new Error(httpCode), { httpCode });
