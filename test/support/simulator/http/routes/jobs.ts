import type { FastifyInstance } from 'fastify';

import type { JobRunner } from '../../jobs/jobRunner';
import { jobFields, type JobStore, type StoredJob } from '../../stores/jobs';
import type { ObservationStore } from '../../stores/observations';
import { createdBody } from '../created';
import { KliqError } from '../errors';
import { listAnswer, type ListContext } from '../pages';

export interface JobRoutesContext extends ListContext {
	jobs: JobStore;
	jobRunner: JobRunner;
	observations: ObservationStore;
}

interface OfTenant {
	Params: { tenantId: string };
}

interface OfOne {
	Params: { tenantId: string; id: string };
}

const reading = { config: { scope: 'cv:read' } } as const;
const writing = { config: { scope: 'cv:write' } } as const;

/** POST and GET of `/cv/jobs`, to be registered under a tenant's prefix. */
export async function jobRoutes(app: FastifyInstance, context: JobRoutesContext): Promise<void> {
	const { jobs, jobRunner, observations, settings } = context;
	const show = (job: StoredJob) => ({ id: job.id, ...jobFields(job), ...settings.extraFields });

	app.post<OfTenant>('/cv/jobs', writing, async (request, reply) => {
		const { tenantId } = request.params;
		const asked = readJob(request.body, settings.invalidBody);
		if (!observations.find(tenantId, asked.observationId)) {
			throw new KliqError(settings.unknownObservation, 'not_found', 'Observation not found');
		}
		const started = show(jobRunner.start({ ...asked, tenantId }));
		return reply.code(201).send(createdBody(started, settings));
	});

	app.get<OfTenant>('/cv/jobs', reading, async (request) =>
		listAnswer(request, jobs.ofTenant(request.params.tenantId), show, context, 'newest'),
	);

	app.get<OfOne>('/cv/jobs/:id', reading, async (request) => {
		const { tenantId, id } = request.params;
		const found = jobs.find(tenantId, id);
		if (!found) {
			throw new KliqError(settings.deviations.unknownIdStatus, 'not_found', 'Job not found');
		}
		return show(found);
	});
}

function readJob(body: unknown, refusal: number) {
	const { observationId, model } = (body ?? {}) as Record<string, unknown>;
	const refuse = (message: string) => new KliqError(refusal, 'invalid_request', message);
	if (!isText(observationId)) throw refuse('observationId must be a non-empty string');
	if (!isText(model)) throw refuse('model must be a non-empty string');
	return { observationId, model };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
