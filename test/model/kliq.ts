import type { IHttpRequestOptions } from 'n8n-workflow';

import { clock } from '../support/n8nCore/discreteEventClock';
import { FAULTS, type Method } from './faults';
import type { Random } from './random';
import { SECOND } from './time';

/** A subscription as KLIQ holds it. */
export interface StoredSubscription {
	readonly id: string;
	readonly tenant: string;
	url: string;
	events: string[];
	secret: string;
	isActive: boolean;
	/** Made by hand at KLIQ, or by other software. */
	readonly isByHand: boolean;
}

/** How a list shows URLs. */
export type UrlForm = 'as-sent' | 'slash' | 'no-query' | 'hidden';

/** How KLIQ deletes: at once, not at all, or 4 s after its answer. */
export type Deletion = 'at-once' | 'never' | 'late';

/** An n8n process that sends requests; a dead one gets no more answers. */
export interface Caller {
	readonly name: string;
	readonly isDead: boolean;
}

export interface LoggedRequest {
	at: number;
	method: string;
	caller: Caller;
	fault?: string;
	/** The subscription that was made or deleted. */
	changed?: StoredSubscription;
}

interface Response {
	statusCode: number;
	headers: Record<string, string>;
	body: unknown;
}

const PATH = /\/tenants\/([^/]+)\/webhooks(?:\/(.+))?$/;

/** Small, so that lists have several pages. */
const PAGE_SIZE = 4;

const NEVER = new Promise<never>(() => {});

/** KLIQ in memory, by its documentation, with faults and lists that differ from it where asked to. */
export class Kliq {
	subscriptions: StoredSubscription[] = [];

	/** The tenant of each API key. */
	readonly tenants = new Map<string, string>();

	readonly faults: Partial<Record<Method, string>> = {};

	lagMs = 0;

	urlForm: UrlForm = 'as-sent';

	/** When lists last began to write URLs otherwise. */
	urlFormChangedAt = -Infinity;

	doesCursorRepeat = false;

	deletion: Deletion = 'at-once';

	/** Until when it has asked callers to wait. */
	retryAt = 0;

	readonly log: LoggedRequest[] = [];

	/** Is called after each change. */
	onChange: (request?: LoggedRequest) => void = () => {};

	private readonly snapshots: Array<{ at: number; subscriptions: StoredSubscription[] }> = [];

	private made = 0;

	constructor(
		private readonly random: Random,
		private readonly trace: (line: string) => void,
	) {
		this.change([]);
	}

	/** Makes a subscription outside n8n. */
	add(subscription: Omit<StoredSubscription, 'id' | 'isActive' | 'isByHand'>): StoredSubscription {
		const added = { ...subscription, id: this.newId(), isActive: true, isByHand: true };
		this.change([...this.subscriptions, added]);
		return added;
	}

	/** Changes a subscription outside n8n. */
	update(id: string, changes: Partial<StoredSubscription>): void {
		this.change(
			this.subscriptions.map((each) => (each.id === id ? { ...each, ...changes } : each)),
		);
	}

	/** Deletes a subscription outside n8n. */
	remove(id: string): void {
		this.change(this.subscriptions.filter((each) => each.id !== id));
	}

	/** Ends all faults and deviations. */
	heal(): void {
		this.endFaults();
		Object.assign(this, { lagMs: 0, urlForm: 'as-sent', doesCursorRepeat: false });
		this.deletion = 'at-once';
	}

	endFaults(): void {
		for (const method of ['GET', 'POST', 'DELETE'] as const) delete this.faults[method];
	}

	/** Answers a request as n8n's HTTP client would return it. @throws what that would throw */
	async handle(caller: Caller, request: IHttpRequestOptions, apiKey: string): Promise<Response> {
		if (caller.isDead) return await NEVER;
		const method = request.method as Method;
		const fault = this.faults[method];
		const logged: LoggedRequest = { at: performance.now(), method, caller, fault };
		this.log.push(logged);
		await clock.sleep(20 + this.random.below(200));
		if (caller.isDead) {
			// Its connection was cut: the request had arrived, or it had not.
			if (fault === undefined && this.random.next() < 0.5) this.work(logged, request, apiKey);
			return await NEVER;
		}
		if (fault === undefined) return this.work(logged, request, apiKey);

		const { works, hangs, status, headers = {}, body = {}, code } = FAULTS[fault];
		if (works) this.work(logged, request, apiKey);
		if (hangs) await clock.sleep(request.timeout ?? 30 * SECOND);
		const waitMs = Number(headers['retry-after'] ?? 0) * SECOND;
		this.retryAt = Math.max(this.retryAt, performance.now() + waitMs);
		this.trace(`${caller.name} ${method} -> ${fault}`);
		if (status === undefined) throw Object.assign(new Error(code), { httpCode: code });
		return { statusCode: status, headers, body };
	}

	private work(logged: LoggedRequest, request: IHttpRequestOptions, apiKey: string): Response {
		const { caller, method } = logged;
		const { outcome, ...response } = this.answer(logged, request, apiKey);
		this.trace(`${caller.name} ${method} ${outcome} -> ${response.statusCode}`);
		return { ...response, headers: {} };
	}

	private answer(
		logged: LoggedRequest,
		{ method, url, body, qs }: IHttpRequestOptions,
		key: string,
	) {
		const refused = (statusCode: number) => ({ outcome: '', statusCode, body: { error: 'no' } });
		const [, tenant, id] = PATH.exec(url) ?? [];
		if (!this.tenants.has(key)) return refused(401);
		if (this.tenants.get(key) !== tenant) return refused(404);
		switch (method) {
			case 'POST':
				return this.create(logged, tenant, body as unknown as StoredSubscription);
			case 'DELETE':
				return this.delete(logged, tenant, id) ?? refused(404);
			default:
				return this.list(tenant, Number(qs?.cursor ?? 0));
		}
	}

	private create(
		logged: LoggedRequest,
		tenant: string,
		{ url, events, secret }: StoredSubscription,
	) {
		const state = { isActive: true, isByHand: false };
		const made: StoredSubscription = { id: this.newId(), tenant, url, events, secret, ...state };
		logged.changed = made;
		this.change([...this.subscriptions, made], logged);
		return { outcome: made.id, statusCode: 201, body: { id: made.id, url, events } };
	}

	private delete(logged: LoggedRequest, tenant: string, id: string) {
		const found = this.subscriptions.find((each) => each.id === id && each.tenant === tenant);
		if (found === undefined) return undefined;
		const remove = () => {
			logged.changed = found;
			this.change(
				this.subscriptions.filter((each) => each.id !== id),
				logged,
			);
		};
		if (this.deletion === 'at-once') remove();
		if (this.deletion === 'late') void clock.sleep(4 * SECOND).then(remove);
		return { outcome: id, statusCode: 204, body: '' };
	}

	private list(tenant: string, position: number) {
		const at = performance.now() - this.lagMs;
		const shown = [...this.snapshots].reverse().find((each) => each.at <= at) ?? this.snapshots[0];
		const all = shown.subscriptions.filter((each) => each.tenant === tenant);
		const end = position + PAGE_SIZE;
		const hasMore = end < all.length || this.doesCursorRepeat;
		const next = end < all.length ? end : position;
		const body = {
			data: all.slice(position, end).map(({ id, url, events, isActive }) => ({
				id,
				events,
				active: isActive,
				url: this.show(url),
			})),
			cursor: { next: hasMore ? String(next) : null, hasMore },
		};
		return { outcome: `[${all.map(({ id }) => id).join(' ')}]@${position}`, statusCode: 200, body };
	}

	private show(sent: string): string | undefined {
		const { urlForm } = this;
		if (urlForm === 'hidden') return undefined;
		const url = new URL(sent);
		if (urlForm === 'slash') url.pathname += '/';
		if (urlForm === 'no-query') url.search = '';
		return urlForm === 'as-sent' ? sent : url.href;
	}

	private newId(): string {
		this.made += 1;
		return `wh_${this.made}`;
	}

	private change(subscriptions: StoredSubscription[], request?: LoggedRequest): void {
		this.subscriptions = subscriptions;
		this.snapshots.push({ at: performance.now(), subscriptions });
		this.onChange(request);
	}
}
