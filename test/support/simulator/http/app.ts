import fastify, { type FastifyError, type FastifyInstance } from 'fastify';

import type { SimulatorClock } from '../clock';
import type { FaultPlan } from '../faults';
import type { AccessStore } from '../stores/access';
import { addAuth } from './auth';
import { KliqError, sendError } from './errors';
import { addFaults } from './faultHook';
import { addHeaderDeviations } from './headers';
import { addRateLimit } from './rateLimit';
import { addRequestLog, type LoggedRequest } from './requestLog';
import { type JobRoutesContext, jobRoutes } from './routes/jobs';
import { type ObservationRoutesContext, observationRoutes } from './routes/observations';
import { type SubscriptionRoutesContext, subscriptionRoutes } from './routes/subscriptions';

interface OwnParts {
	access: AccessStore;
	faults: FaultPlan;
	requests: LoggedRequest[];
	clock: SimulatorClock;
}

export type AppParts = OwnParts &
	SubscriptionRoutesContext &
	ObservationRoutesContext &
	JobRoutesContext;

/** KLIQ's HTTP API over the given stores, not yet listening. */
export function buildApp(parts: AppParts): FastifyInstance {
	const { access, clock, faults, requests, settings } = parts;
	const app = fastify({ exposeHeadRoutes: false, forceCloseConnections: true });

	addRequestLog(app, requests);
	addHeaderDeviations(app, settings);
	addRateLimit(app, clock, settings);
	addFaults(app, faults, settings);
	addAuth(app, access, settings);

	app.setErrorHandler((error: FastifyError | KliqError, _request, reply) =>
		sendError(reply, settings, asKliqError(error)),
	);
	app.setNotFoundHandler((_request, reply) =>
		sendError(reply, settings, new KliqError(404, 'not_found', 'No such endpoint')),
	);

	const prefix = '/v1/tenants/:tenantId';
	void app.register(subscriptionRoutes, { ...parts, prefix });
	void app.register(observationRoutes, { ...parts, prefix });
	void app.register(jobRoutes, { ...parts, prefix });
	return app;
}

function asKliqError(error: FastifyError | KliqError): KliqError {
	if (error instanceof KliqError) return error;
	return new KliqError(error.statusCode ?? 500, error.code ?? 'internal', error.message);
}
