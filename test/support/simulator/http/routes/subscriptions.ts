import type { FastifyInstance } from 'fastify';
import type { Faults } from '../../faults';
import type { KliqSettings } from '../../settings';
import type { StoredSubscription, SubscriptionStore } from '../../stores/subscriptions';
import { KLIQ_EVENT_TYPES } from '../../types';
import { KliqError } from '../errors';
import { listAnswer } from '../pages';

export interface SubscriptionRoutesContext {
	subscriptions: SubscriptionStore;
	settings: KliqSettings;
	faults: Pick<Faults, 'cursorRepeats'>;
}

const config = { scope: 'webhooks:manage' } as const;

/** POST, GET and DELETE of `/webhooks`, to be registered under a tenant's prefix. */
export async function subscriptionRoutes(
	app: FastifyInstance,
	context: SubscriptionRoutesContext,
): Promise<void> {
	const { subscriptions, settings } = context;
	const show = (subscription: StoredSubscription) => publicView(subscription, settings);

	app.post<{ Params: { tenantId: string } }>('/webhooks', { config }, async (request, reply) => {
		const asked = readSubscription(request.body, settings.invalidBody);
		const { tenantId } = request.params;
		return reply.code(201).send(show(subscriptions.add({ ...asked, tenantId, live: true })));
	});

	app.get<{ Params: { tenantId: string } }>('/webhooks', { config }, async (request) => {
		const found = subscriptions.ofTenant(request.params.tenantId);
		return listAnswer(request, found, show, context, settings.subscriptionOrder);
	});

	app.delete<{ Params: { tenantId: string; id: string } }>(
		'/webhooks/:id',
		{ config },
		async (request, reply) => {
			const { tenantId, id } = request.params;
			if (!subscriptions.remove(tenantId, id)) {
				throw new KliqError(404, 'not_found', 'Webhook not found');
			}
			return reply.code(204).send();
		},
	);
}

function publicView({ id, url, events, live, secret }: StoredSubscription, settings: KliqSettings) {
	const told = { id, url, events, ...livenessField(live, settings) };
	return settings.echoesSecret ? { ...told, secret } : told;
}

function livenessField(live: boolean, { liveness, offStatus }: KliqSettings): object {
	switch (liveness) {
		case 'active':
			return { active: live };
		case 'enabled':
			return { enabled: live };
		case 'disabled':
			return { disabled: !live };
		case 'status':
			return { status: live ? 'active' : offStatus };
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
