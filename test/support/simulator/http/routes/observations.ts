import type { FastifyInstance } from 'fastify';

import {
	observationFields,
	type ObservationStore,
	type StoredObservation,
} from '../../stores/observations';
import type { Emit } from '../../types';
import { createdBody } from '../created';
import { KliqError } from '../errors';
import { listAnswer, type ListContext } from '../pages';

export interface ObservationRoutesContext extends ListContext {
	observations: ObservationStore;
	emit: Emit;
}

interface OfTenant {
	Params: { tenantId: string };
	Querystring: { locationId?: string; status?: string };
}

interface OfOne {
	Params: { tenantId: string; id: string };
}

const reading = { config: { scope: 'observations:read' } } as const;
const writing = { config: { scope: 'observations:write' } } as const;

/** POST, GET and DELETE of `/observations`, to be registered under a tenant's prefix. */
export async function observationRoutes(
	app: FastifyInstance,
	context: ObservationRoutesContext,
): Promise<void> {
	const { observations, settings, emit } = context;
	const show = (observation: StoredObservation) => ({
		id: observation.id,
		...observationFields(observation),
		...settings.extraFields,
	});

	app.post<OfTenant>('/observations', writing, async (request, reply) => {
		const asked = readObservation(request.body, settings.invalidBody);
		const { locations, unknownLocationStatus } = settings.deviations;
		if (locations && !locations.includes(asked.locationId)) {
			throw new KliqError(unknownLocationStatus, 'not_found', 'Location not found');
		}
		const { tenantId } = request.params;
		const made = observations.add({ ...asked, tenantId, status: 'pending' });
		emit(
			'observation.created',
			{ observationId: made.id, ...observationFields(made) },
			made.tenantId,
		);
		return reply.code(201).send(createdBody(show(made), settings));
	});

	app.get<OfTenant>('/observations', reading, async (request) => {
		const { locationId, status } = request.query;
		const found = observations
			.ofTenant(request.params.tenantId)
			.filter((each) => locationId === undefined || each.locationId === locationId)
			.filter((each) => status === undefined || each.status === status);
		return listAnswer(request, found, show, context, 'newest');
	});

	app.get<OfOne>('/observations/:id', reading, async (request) => {
		const { tenantId, id } = request.params;
		const found = observations.find(tenantId, id);
		if (!found) throw notFound(settings.deviations.unknownIdStatus);
		return show(found);
	});

	app.delete<OfOne>('/observations/:id', writing, async (request, reply) => {
		const { tenantId, id } = request.params;
		if (!observations.remove(tenantId, id)) throw notFound();
		return reply.code(204).send();
	});
}

const notFound = (status = 404) => new KliqError(status, 'not_found', 'Observation not found');

function readObservation(body: unknown, refusal: number) {
	const asked = (body ?? {}) as Record<string, unknown>;
	const { locationId, imageUrl, latitude, longitude, metadata } = asked;
	const refuse = (message: string) => new KliqError(refusal, 'invalid_request', message);

	if (!isText(locationId)) throw refuse('locationId must be a non-empty string');
	if (!isText(imageUrl) || !URL.canParse(imageUrl)) throw refuse('imageUrl must be a URL');
	if (!isDegrees(latitude, 90)) throw refuse('latitude must be a number from -90 to 90');
	if (!isDegrees(longitude, 180)) throw refuse('longitude must be a number from -180 to 180');
	if (!isMetadata(metadata)) throw refuse('metadata must be an object');
	return { locationId, imageUrl, latitude, longitude, metadata };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isDegrees = (value: unknown, most: number): value is number | undefined =>
	value === undefined || (typeof value === 'number' && Math.abs(value) <= most);

const isMetadata = (value: unknown): value is Record<string, unknown> | undefined =>
	value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));
