import { type Deviations, NO_DEVIATIONS } from './deviations';
import type { KliqScope } from './types';

/** The field by which a listed subscription says whether it is active (not documented). */
export type Liveness = 'active' | 'enabled' | 'disabled' | 'status' | 'state' | 'none';

/** Order of the list of subscriptions (not documented). */
export type SubscriptionOrder = 'oldest' | 'newest';

/** The body of an error answer (not documented): `{error: {code, message}}`, `{message}`, `{error}`, `{fault: {text}}` or a proxy's HTML. */
export type ErrorShape = 'nested' | 'message' | 'error' | 'fault' | 'html';

export interface PageLimits {
	/** Items in a page when the caller names no limit. */
	default: number;
	/** The highest limit a caller may name; more is refused with 400. */
	max: number;
	/** Maximum page size, whatever limit was requested: many pages from few items. */
	cap: number;
}

export interface RateLimit {
	requests: number;
	windowSeconds: number;
	/**
	 * When windows begin (not documented): on the clock, at whole multiples of their length, unless
	 * told; with the first request after the window before; or `sliding`: the last `windowSeconds`
	 * count at every moment.
	 */
	windows?: 'clock' | 'firstRequest' | 'sliding';
	/** What answers tell: `X-RateLimit-*` and, in refusals, `Retry-After`, unless told; only the latter; nothing. */
	headers?: 'all' | 'retryAfter' | 'none';
	/**
	 * For how long answers are held back once their requests are counted, in turn and in milliseconds of
	 * the simulator's clock: with `[50, 0]` every second answer overtakes the one before.
	 */
	answerDelaysMs?: number[];
}

/** In milliseconds of the simulator's clock; Infinity: a job never leaves that state. */
export interface JobDurations {
	queuedMs: number;
	processingMs: number;
}

/** What KLIQ's documentation leaves open. A running simulator may be changed through `simulator.settings`. */
export interface KliqSettings {
	pageLimits: PageLimits;
	/** Requests per API key and fixed window, 10,000 a minute by default; undefined: no limit and no headers. */
	rateLimit: RateLimit | undefined;
	/** Minimum latency of every request in real milliseconds, independent of the simulator's clock. */
	latencyMs: number;
	listShape: 'envelope' | 'array';
	liveness: Liveness;
	/** What `status` says of an active subscription and of a disabled one, under `liveness: 'status'`. */
	activeStatus: string;
	offStatus: string;
	subscriptionOrder: SubscriptionOrder;
	/** KLIQ-SUB-SECRET: whether answers about a subscription contain its secret. */
	echoesSecret: boolean;
	errorShape: ErrorShape;
	/** The answer to a right key asking for a tenant it is not for. */
	foreignTenant: 400 | 403 | 404;
	/** The answer to a body with invalid fields. */
	invalidBody: 400 | 422;
	/** The answer to a job on an observation that is not there. */
	unknownObservation: 404 | 422;
	/** How long a CV job stays `queued` and then `processing`. */
	jobDurations: JobDurations;
	/** Fields beyond the documented ones, in every observation and CV job that is answered. */
	extraFields: Record<string, unknown>;
	/** How long a receiver may take to answer a delivery, in milliseconds of the simulator's clock. */
	deliveryTimeoutMs: number;
	/** Ways in which it differs from what the nodes assume. */
	deviations: Deviations;
}

export type KliqSettingsInput = Partial<
	Omit<KliqSettings, 'pageLimits' | 'jobDurations' | 'deviations'>
> & {
	deviations?: Partial<Deviations>;
	pageLimits?: Partial<PageLimits>;
	jobDurations?: Partial<JobDurations>;
};

/**
 * Fills in what the documentation says (page sizes, 30 s) or, where it says nothing, the likeliest
 * answer.
 */
export function resolveSettings(input: KliqSettingsInput): KliqSettings {
	return {
		pageLimits: { default: 20, max: 100, cap: Infinity, ...input.pageLimits },
		rateLimit: 'rateLimit' in input ? input.rateLimit : { requests: 10_000, windowSeconds: 60 },
		latencyMs: input.latencyMs ?? 0,
		listShape: input.listShape ?? 'envelope',
		liveness: input.liveness ?? 'active',
		activeStatus: input.activeStatus ?? 'active',
		offStatus: input.offStatus ?? 'disabled',
		subscriptionOrder: input.subscriptionOrder ?? 'oldest',
		echoesSecret: input.echoesSecret ?? false,
		errorShape: input.errorShape ?? 'nested',
		foreignTenant: input.foreignTenant ?? 404,
		invalidBody: input.invalidBody ?? 400,
		unknownObservation: input.unknownObservation ?? 404,
		jobDurations: { queuedMs: 500, processingMs: 2_000, ...input.jobDurations },
		extraFields: input.extraFields ?? {},
		deliveryTimeoutMs: input.deliveryTimeoutMs ?? 30_000,
		deviations: { ...NO_DEVIATIONS, ...input.deviations },
	};
}

/** Lets a route say which scope its callers need; routes without one are open to any valid key. */
declare module 'fastify' {
	interface FastifyContextConfig {
		scope?: KliqScope;
	}
}
