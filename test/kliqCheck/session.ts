import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { NodeUnderTest } from '../support/n8nCore/node';
import { Interrupted } from './errors';
import { Findings } from './findings';
import { type Exchange, KliqProxy } from './kliqProxy';
import { Kliq, KliqTrigger } from './nodes';
import { isOwnUrl, newRunId } from './ownAddress';
import { isObject } from './shapes';

/** How to reach the tenant that is checked. */
export interface CheckCredentials {
	apiKey: string;
	tenantId: string;
	baseUrl: string;
}

/** What came of running a node once. */
export interface NodeRun {
	/** JSON of the output items; none where the node failed. */
	items: IDataObject[];
	failed: boolean;
	/** What it sent to KLIQ meanwhile, oldest first. */
	exchanges: Exchange[];
	/** The last of them that was answered. */
	last?: Exchange;
}

/** What all steps of one run share: the nodes at work, what they sent, and what was seen of it. */
export class Session {
	readonly runId = newRunId();

	readonly findings = new Findings();

	/** Fields of pages, entries and events, by where they were seen. */
	readonly shapes: Record<string, string[]> = {};

	/** Texts that must not be shown, whatever happens. */
	readonly secrets: Set<string>;

	/** Whether the person agreed that the check makes an observation and a CV job. */
	mayCreate = false;

	private isCleaningUp = false;

	private readonly ownIds = new Set<string>();

	private constructor(
		private readonly credentials: CheckCredentials,
		private readonly interruption: AbortSignal | undefined,
	) {
		this.secrets = new Set([credentials.apiKey, credentials.tenantId]);
	}

	readonly ownObservations = new Set<string>();

	proxy!: KliqProxy;

	static async start(credentials: CheckCredentials, interruption: AbortSignal): Promise<Session> {
		const session = new Session(credentials, interruption);
		session.proxy = await KliqProxy.start(credentials.baseUrl, (request) =>
			session.isAllowed(request),
		);
		return session;
	}

	get exchanges(): Exchange[] {
		return this.proxy.exchanges;
	}

	/** Values for a node's credential: KLIQ behind the proxy. */
	credential(more: Partial<CheckCredentials> = {}) {
		const { apiKey, tenantId } = this.credentials;
		return { apiKey, tenantId, signingSecret: '', ...more, baseUrl: this.proxy.baseUrl };
	}

	/** Runs the KLIQ node once, with one input item. Its failure is part of the result. */
	async run(
		parameters: INodeParameters,
		credential: Partial<CheckCredentials> = {},
	): Promise<NodeRun> {
		const node = new NodeUnderTest(new Kliq(), {
			parameters,
			credential: this.credential(credential),
		});
		return await this.observe(async () => await node.execute(undefined, this.interruption));
	}

	/** Runs the node with every entry of a list as its output. */
	async list(resource: 'webhook' | 'observation' | 'cvJob', limit?: number): Promise<NodeRun> {
		const many = limit === undefined ? { returnAll: true } : { returnAll: false, limit };
		return await this.run({ resource, operation: 'getAll', simplify: false, ...many });
	}

	/**
	 * Asks for one page of subscriptions with a request of our own: no node asks for pages of one.
	 *
	 * @returns the parsed answer, undefined where it is no JSON
	 */
	async getPage({ limit, cursor }: { limit: string; cursor?: string }): Promise<unknown> {
		this.throwIfInterrupted();
		const { apiKey, tenantId, baseUrl } = this.credential();
		const query = new URLSearchParams({ limit, ...(cursor === undefined ? {} : { cursor }) });
		const url = `${baseUrl}/tenants/${encodeURIComponent(tenantId)}/webhooks?${query}`;
		const response = await fetch(url, { headers: { 'X-API-Key': apiKey }, redirect: 'manual' });
		return await response.json().catch(() => undefined);
	}

	async deleteSubscription(id: string): Promise<NodeRun> {
		const webhookId = { __rl: true, mode: 'id', value: id };
		return await this.run({ resource: 'webhook', operation: 'delete', webhookId });
	}

	/** A KLIQ Trigger with an address of this run's own below `origin`. */
	trigger(origin: string, events: string[]): NodeUnderTest {
		return new NodeUnderTest(new KliqTrigger(), {
			parameters: { events, respond: 'onReceived' },
			credential: this.credential(),
			publicUrl: origin,
			webhookId: this.runId,
		});
	}

	/** Runs one of a trigger's lifecycle methods. */
	async runHook(
		node: NodeUnderTest,
		method: 'checkExists' | 'create' | 'delete',
	): Promise<NodeRun & { result?: boolean }> {
		let result: boolean | undefined;
		const hooks = new KliqTrigger().webhookMethods.default;
		const run = await this.observe(async () => {
			result = await hooks[method].call(node.hooks());
			return [];
		});
		return { ...run, result };
	}

	/** Waits, unless the person stops the check. */
	async wait(milliseconds: number): Promise<void> {
		this.throwIfInterrupted();
		await sleep(milliseconds, undefined, { signal: this.interruption }).catch(() => {});
		this.throwIfInterrupted();
	}

	/**
	 * Lets nothing be made any more, and waits for what is being made.
	 *
	 * @returns the same session for removing things, which no interruption stops
	 */
	async beginCleanUp(): Promise<Session> {
		this.isCleaningUp = true;
		while (this.proxy.isCreating) await sleep(20);
		const uninterrupted = { interruption: undefined };
		return Object.assign(Object.create(Session.prototype) as Session, this, uninterrupted);
	}

	/** IDs of the subscriptions that this run has made, as KLIQ answered them. */
	createdSubscriptionIds(): string[] {
		return this.exchanges
			.filter(({ method, path }) => method === 'POST' && path === '/webhooks')
			.map(({ answer }) => idIn(answer?.json))
			.filter((id) => id !== '');
	}

	/** Lets the check delete a subscription that it knows to be its own. */
	own(id: string): void {
		this.ownIds.add(id);
	}

	/** Takes every secret, the key and the tenant out of a text. */
	redact(text: string): string {
		const secrets = [...this.secrets, ...this.exchanges.map(({ sent }) => secretIn(sent))];
		return secrets
			.filter((secret): secret is string => typeof secret === 'string' && secret !== '')
			.reduce((masked, secret) => masked.replaceAll(secret, '…'), text);
	}

	private throwIfInterrupted(): void {
		if (this.interruption?.aborted) throw new Interrupted();
	}

	private async observe(work: () => Promise<INodeExecutionData[]>): Promise<NodeRun> {
		this.throwIfInterrupted();
		const before = this.exchanges.length;
		let items: IDataObject[] = [];
		let failed = false;
		try {
			items = (await work()).map(({ json }) => json);
		} catch {
			// What KLIQ answered says more than the node's text, which may name the tenant.
			failed = true;
		}
		const exchanges = this.exchanges.slice(before);
		const last = exchanges.filter(({ answer }) => answer !== undefined).at(-1);
		this.throwIfInterrupted();
		return { items, failed, exchanges, last };
	}

	/** The promise to leave alone what is not the check's, kept where every request passes. */
	private isAllowed({ method, path, sent }: Pick<Exchange, 'method' | 'path' | 'sent'>): boolean {
		if (method === 'GET') return true;
		const url = isObject(sent) ? sent.url : undefined;
		const id = decodeURIComponent(path.split('/').at(-1) ?? '');
		if (method === 'DELETE' && path.startsWith('/webhooks/')) {
			return (
				this.ownIds.has(id) || this.createdSubscriptionIds().includes(id) || this.isListedAsOwn(id)
			);
		}
		if (method === 'DELETE' && path.startsWith('/observations/')) {
			return this.ownObservations.has(id);
		}
		if (method !== 'POST' || this.isCleaningUp) return false;
		if (path === '/webhooks') return isOwnUrl(url);
		return this.mayCreate && ['/observations', '/cv/jobs'].includes(path);
	}

	private isListedAsOwn(id: string): boolean {
		return this.exchanges
			.filter(({ method, path }) => method === 'GET' && path === '/webhooks')
			.some(({ answer }) =>
				entriesIn(answer?.json).some((each) => isOwnUrl(each.url) && String(each.id) === id),
			);
	}
}

/** The entries of a list in either form. */
export function entriesIn(page: unknown): Array<Record<string, unknown>> {
	const entries: unknown = isObject(page) ? page.data : page;
	return Array.isArray(entries) ? entries.filter(isObject) : [];
}

/** The ID in the answer to a POST, bare or wrapped; empty where it holds none. */
export function idIn(created: unknown): string {
	if (!isObject(created)) return '';
	const id = created.id ?? (isObject(created.data) ? created.data.id : undefined);
	return typeof id === 'string' || typeof id === 'number' ? String(id) : '';
}

const secretIn = (sent: unknown) => (isObject(sent) ? sent.secret : undefined);

/** An ID that nothing has. */
export const unknownId = (prefix: string) => `${prefix}_${randomBytes(12).toString('hex')}`;
