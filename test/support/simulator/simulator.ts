import type { AddressInfo } from 'node:net';

import { realClock, type SimulatorClock } from './clock';
import { DeliveryService, type RawDelivery } from './deliveries/deliveryService';
import type { PostResult } from './deliveries/post';
import type { Attempt, Delivery } from './deliveries/types';
import { FaultPlan, type Faults } from './faults';
import { buildApp } from './http/app';
import type { LoggedRequest } from './http/requestLog';
import { newId } from './ids';
import { type JobEnd, JobRunner } from './jobs/jobRunner';
import { sampleData } from './samples/events';
import { FAILURE_REASON } from './samples/result';
import {
	type KliqSettings,
	type KliqSettingsInput,
	type Liveness,
	resolveSettings,
} from './settings';
import { AccessStore } from './stores/access';
import { JobStore, type StoredJob } from './stores/jobs';
import { LaggingList } from './stores/laggingList';
import { ObservationStore, type StoredObservation } from './stores/observations';
import { type StoredSubscription, SubscriptionStore } from './stores/subscriptions';
import {
	type Emit,
	KLIQ_SCOPES,
	type KliqEvent,
	type KliqEventType,
	type KliqScope,
} from './types';

const DEFAULT_TENANT = 't_demo';

export interface KliqSimulatorOptions extends KliqSettingsInput {
	/** 0 or undefined: any free port. */
	port?: number;
	/** The system clock by default. */
	clock?: SimulatorClock;
	/** Tenants besides `t_demo`. */
	tenants?: string[];
	/** Called after every attempt of a delivery made by `emit`. */
	onDelivery?: (attempt: Attempt, delivery: Delivery) => void;
}

export interface EmittedEvent {
	event: KliqEvent;
	/** One for each active subscription to the type. */
	deliveries: Delivery[];
}

/** A subscription created without the API; active and with a random secret by default. */
export type SubscriptionSeed = Pick<StoredSubscription, 'url' | 'events'> &
	Partial<Pick<StoredSubscription, 'secret' | 'live' | 'tenantId'>>;

/** An observation created without the API and without an event. */
export type ObservationSeed = Partial<Omit<StoredObservation, 'sequence' | 'id'>>;

/** A CV job created without the API and without an event; its status does not change. */
export type JobSeed = Partial<Omit<StoredJob, 'sequence' | 'id'>>;

/** A raw delivery, to a subscription or to any URL with any secret. */
export type RawDeliveryInput = Pick<RawDelivery, 'body' | 'headers' | 'signature'> &
	({ subscriptionId: string } | { url: string; secret: string });

export interface KliqSimulator {
	/** `http://127.0.0.1:PORT/v1` */
	readonly baseUrl: string;
	/** The tenant that is there from the start, and a key of it with all scopes. */
	readonly tenantId: string;
	readonly apiKey: string;
	/** How it behaves where nothing is documented; changes take effect at once. */
	readonly settings: KliqSettings;
	/** Every API request received, oldest first. */
	readonly requests: LoggedRequest[];
	readonly faults: Faults;

	addTenant(id: string): void;
	/** Creates a key, by default with all scopes and for the default tenant. Throws for an unknown tenant. */
	addKey(of?: { tenantId?: string; scopes?: readonly KliqScope[] }): string;
	/** Revokes a key permanently. */
	revokeKey(key: string): void;

	/** Copies of what is stored for a tenant (the default one if omitted), secrets included. */
	subscriptions(tenantId?: string): StoredSubscription[];
	seedSubscription(seed: SubscriptionSeed): StoredSubscription;
	/**
	 * Disables a subscription, as KLIQ does after failed retries. Throws for an unknown ID.
	 * @param liveness the field by which this one says so, instead of the settings' one
	 */
	disable(subscriptionId: string, liveness?: Liveness): void;
	/** Changes a subscription at KLIQ. Throws for an unknown ID. */
	changeSubscription(
		subscriptionId: string,
		changes: Partial<Pick<StoredSubscription, 'url' | 'events' | 'secret'>>,
	): void;
	/** Deletes a subscription without the API. Throws for an unknown ID. */
	remove(subscriptionId: string): void;

	/** Copies of what is stored for a tenant (the default one if omitted), oldest first. */
	observations(tenantId?: string): StoredObservation[];
	jobs(tenantId?: string): StoredJob[];
	seedObservation(seed?: ObservationSeed): StoredObservation;
	seedJob(seed?: JobSeed): StoredJob;
	/** Sets how the next jobs end (one by default): by default failed, with a likely reason. */
	planJobEnd(plan?: { end?: JobEnd; times?: number }): void;

	/**
	 * Emits an event: delivers it to the tenant's active subscriptions to its type, with retries. The
	 * first attempts are pending when this returns.
	 * @param data sample data of the type by default
	 * @param overrides of the event's other fields; `tenantId` decides whose subscribers get it
	 */
	emit(
		type: KliqEventType,
		data?: unknown,
		overrides?: Partial<Omit<KliqEvent, 'type' | 'data'>>,
	): EmittedEvent;
	/** Sends one forged or odd delivery, once. Throws for an unknown subscription ID. */
	deliverRaw(raw: RawDeliveryInput): Promise<PostResult>;

	/** Closes every connection and cancels every timer. Calling it again does nothing. */
	stop(): Promise<void>;
}

/** Starts a simulated KLIQ on 127.0.0.1. */
export async function startKliqSimulator(
	options: KliqSimulatorOptions = {},
): Promise<KliqSimulator> {
	const clock = options.clock ?? realClock();
	const settings = resolveSettings(options);
	const access = new AccessStore();
	const subscriptions = new SubscriptionStore();
	const listedSubscriptions = new LaggingList(subscriptions, clock, settings);
	const observations = new ObservationStore();
	const jobs = new JobStore();
	const faults = new FaultPlan();
	const requests: LoggedRequest[] = [];
	const deliveries = new DeliveryService({
		subscriptions,
		settings,
		clock,
		onAttempt: options.onDelivery,
	});

	for (const id of [DEFAULT_TENANT, ...(options.tenants ?? [])]) access.addTenant(id);
	const addKey: KliqSimulator['addKey'] = ({
		tenantId = DEFAULT_TENANT,
		scopes = KLIQ_SCOPES,
	} = {}) => access.addKey({ tenantId, scopes });

	const target = (raw: RawDeliveryInput) => {
		if (!('subscriptionId' in raw)) return { url: raw.url, secret: raw.secret };
		const { url, secret } = subscriptions.require(raw.subscriptionId);
		return { url, secret };
	};

	const emit: KliqSimulator['emit'] = (type, data = sampleData[type](), overrides = {}) => {
		const event: KliqEvent = {
			id: newId('evt'),
			type,
			tenantId: DEFAULT_TENANT,
			timestamp: new Date(clock.now()).toISOString(),
			...overrides,
			data,
		};
		const subscribers = subscriptions
			.ofTenant(event.tenantId)
			.filter(({ live, events }) => live && events.includes(type));
		return {
			event,
			deliveries: subscribers.map((subscriber) => deliveries.deliver(event, subscriber)),
		};
	};
	const emitTo: Emit = (type, data, tenantId) => void emit(type, data, { tenantId });
	const jobRunner = new JobRunner({ jobs, settings, clock, emit: emitTo });

	const app = buildApp({
		access,
		subscriptions,
		listedSubscriptions,
		observations,
		jobs,
		jobRunner,
		emit: emitTo,
		faults,
		requests,
		settings,
		clock,
	});
	await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
	const { port } = app.server.address() as AddressInfo;

	return {
		baseUrl: `http://127.0.0.1:${port}/v1`,
		tenantId: DEFAULT_TENANT,
		apiKey: addKey(),
		settings,
		requests,
		faults,

		addTenant: (id) => access.addTenant(id),
		addKey,
		revokeKey: (key) => access.revokeKey(key),

		subscriptions: (tenantId = DEFAULT_TENANT) => structuredClone(subscriptions.ofTenant(tenantId)),
		seedSubscription: (seed) =>
			structuredClone(
				subscriptions.add({
					tenantId: DEFAULT_TENANT,
					secret: newId('whsec'),
					live: true,
					...seed,
				}),
			),
		disable: (subscriptionId, liveness) => subscriptions.disable(subscriptionId, liveness),
		changeSubscription: (subscriptionId, changes) => subscriptions.change(subscriptionId, changes),
		remove: (subscriptionId) =>
			void subscriptions.remove(subscriptions.require(subscriptionId).tenantId, subscriptionId),

		observations: (tenantId = DEFAULT_TENANT) => structuredClone(observations.ofTenant(tenantId)),
		jobs: (tenantId = DEFAULT_TENANT) => structuredClone(jobs.ofTenant(tenantId)),
		seedObservation: (seed) =>
			structuredClone(
				observations.add({
					tenantId: DEFAULT_TENANT,
					locationId: 'loc_store_0417',
					imageUrl: 'https://images.example.com/shelf.jpg',
					status: 'pending',
					...seed,
				}),
			),
		seedJob: (seed) =>
			structuredClone(
				jobs.add({
					tenantId: DEFAULT_TENANT,
					observationId: newId('obs'),
					model: 'shelf-detection-v2',
					status: 'queued',
					...seed,
				}),
			),
		planJobEnd: ({ end = { error: FAILURE_REASON }, times = 1 } = {}) => jobRunner.plan(end, times),

		emit,
		deliverRaw: async (raw) => await deliveries.deliverRaw({ ...raw, ...target(raw) }),

		async stop() {
			jobRunner.stop();
			deliveries.stop();
			await app.close();
		},
	};
}
