import type { FastifyInstance } from 'fastify';

import type { SimulatorClock } from '../../clock';
import { post } from '../../deliveries/post';
import type { Faults } from '../../faults';
import type { KliqSettings } from '../../settings';
import type { LaggingList } from '../../stores/laggingList';
import type {
	NewSubscription,
	StoredSubscription,
	SubscriptionStore,
} from '../../stores/subscriptions';
import { KLIQ_EVENT_TYPES } from '../../types';
import { createdBody } from '../created';
import { KliqError } from '../errors';
import { listAnswer } from '../pages';

export interface SubscriptionRoutesContext {
	subscriptions: SubscriptionStore;
	listedSubscriptions: LaggingList;
	settings: KliqSettings;
	faults: Pick<Faults, 'cursorRepeats'>;
	clock: SimulatorClock;
}

const config = { scope: 'webhooks:manage' } as const;

/** POST, GET and DELETE of `/webhooks`, to be registered under a tenant's prefix. */
export async function subscriptionRoutes(
	app: FastifyInstance,
	context: SubscriptionRoutesContext,
): Promise<void> {
	const { subscriptions, listedSubscriptions, settings } = context;
	const show = (subscription: StoredSubscription) => publicView(subscription, settings);

	app.post<{ Params: { tenantId: string } }>('/webhooks', { config }, async (request, reply) => {
		const asked = readSubscription(request.body, settings.invalidBody);
		const { tenantId } = request.params;
		if (settings.deviations.verifiesUrl) await verifyUrl(asked.url, context);
		const created = create({ ...asked, tenantId, live: true }, context);
		return reply.code(201).send(createdBody(show(created), settings));
	});

	app.get<{ Params: { tenantId: string } }>('/webhooks', { config }, async (request) => {
		const found = listedSubscriptions.ofTenant(request.params.tenantId);
		return listAnswer(request, found, show, context, settings.subscriptionOrder);
	});

	app.delete<{ Params: { tenantId: string; id: string } }>(
		'/webhooks/:id',
		{ config },
		async (request, reply) => {
			const { tenantId, id } = request.params;
			const { deleteAnswer, deletedTwiceStatus } = settings.deviations;
			if (!subscriptions.remove(tenantId, storedId(tenantId, id, context))) {
				if (deletedTwiceStatus < 300) return reply.code(deletedTwiceStatus).send();
				throw new KliqError(deletedTwiceStatus, 'not_found', 'Webhook not found');
			}
			const { status, body } = deleteAnswer;
			const isHtml = body?.startsWith('<');
			if (body !== undefined) void reply.type(isHtml ? 'text/html' : 'application/json');
			return reply.code(status).send(body);
		},
	);
}

/** @throws KliqError 422 unless the URL answers a POST with 2xx */
async function verifyUrl(url: string, { clock, settings }: SubscriptionRoutesContext) {
	const body = Buffer.from(JSON.stringify({ challenge: 'verify' }));
	const headers: Array<[string, string]> = [['Content-Type', 'application/json']];
	const timeoutMs = settings.deliveryTimeoutMs;
	const result = await post({ url, body, headers, timeoutMs }, clock);
	const status = 'status' in result ? result.status : 0;
	if (status >= 200 && status < 300) return;
	throw new KliqError(422, 'url_not_verified', 'The URL did not answer the challenge');
}

/** @throws KliqError 409 for a second subscription with a URL, under `sameUrl: 'refused'` */
function create(
	asked: NewSubscription,
	{ subscriptions, settings }: SubscriptionRoutesContext,
): StoredSubscription {
	const { sameUrl } = settings.deviations;
	const first = subscriptions.ofTenant(asked.tenantId).find(({ url }) => url === asked.url);
	if (first === undefined || sameUrl === 'allowed') return subscriptions.add(asked);
	if (sameUrl === 'refused') throw new KliqError(409, 'conflict', 'This URL is subscribed already');
	if (sameUrl === 'updated') return Object.assign(first, asked);
	subscriptions.remove(first.tenantId, first.id);
	return subscriptions.add(asked);
}

function storedId(
	tenantId: string,
	shownId: string,
	{ subscriptions, settings }: SubscriptionRoutesContext,
): string {
	if (!settings.deviations.numericIds) return shownId;
	const all = subscriptions.ofTenant(tenantId);
	return all.find(({ sequence }) => String(sequence) === shownId)?.id ?? '';
}

function publicView(subscription: StoredSubscription, settings: KliqSettings) {
	const { id, sequence, url, events, secret } = subscription;
	const { numericIds, shownEvents } = settings.deviations;
	const view = {
		id: numericIds ? sequence : id,
		url: shownUrlOf(url, settings),
		events: shownEvents === 'names' ? events : events.map((type) => ({ type })),
		...activeField(subscription, settings),
	};
	return settings.echoesSecret ? { ...view, secret } : view;
}

function shownUrlOf(url: string, { deviations }: KliqSettings): string | undefined {
	const { shownUrl, shownQuery } = deviations;
	if (shownUrl === 'hidden') return undefined;
	const [address, ...query] = url.split(/(?=\?)/);
	const shown = shownUrl === 'rewritten' ? `${address}/` : address;
	return shownQuery === 'dropped' ? shown : [shown, ...query].join('');
}

function activeField({ live, liveness }: StoredSubscription, settings: KliqSettings): object {
	const { activeStatus, offStatus } = settings;
	switch (liveness ?? settings.liveness) {
		case 'active':
			return { active: live };
		case 'enabled':
			return { enabled: live };
		case 'disabled':
			return { disabled: !live };
		case 'status':
			return { status: live ? activeStatus : offStatus };
		case 'state':
			return { state: live ? 'on' : 'off' };
		case 'none':
			return {};
	}
}

function readSubscription(body: unknown, refusal: number) {
	const { url, events, secret } = (body ?? {}) as Record<string, unknown>;
	const refuse = (message: string) => new KliqError(refusal, 'invalid_request', message);

	if (!isHttpUrl(url)) throw refuse('url must be an http or https URL');
	if (!isEventList(events)) {
		throw refuse(`events must be a non-empty array of: ${KLIQ_EVENT_TYPES.join(', ')}`);
	}
	if (typeof secret !== 'string' || secret === '') {
		throw refuse('secret must be a non-empty string');
	}
	return { url, events, secret };
}

function isHttpUrl(value: unknown): value is string {
	return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
}

function isEventList(value: unknown): value is string[] {
	const known: readonly unknown[] = KLIQ_EVENT_TYPES;
	return Array.isArray(value) && value.length > 0 && value.every((name) => known.includes(name));
}
