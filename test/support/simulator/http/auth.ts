import type { FastifyInstance } from 'fastify';

import type { KliqSettings } from '../settings';
import type { AccessStore } from '../stores/access';
import { KliqError } from './errors';

/** Checks key, tenant and scope, in this order, before any route does its work. */
export function addAuth(app: FastifyInstance, access: AccessStore, settings: KliqSettings): void {
	app.addHook('preHandler', async (request) => {
		const keyText = request.headers['x-api-key'];
		const key = typeof keyText === 'string' ? access.findKey(keyText) : undefined;
		if (!key) {
			const status = settings.deviations.wrongKeyStatus;
			throw new KliqError(status, 'unauthorized', 'Invalid or missing API key');
		}

		const { tenantId } = request.params as { tenantId?: string };
		if (tenantId !== undefined && tenantId !== key.tenantId) {
			throw settings.foreignTenant === 404
				? new KliqError(404, 'not_found', 'Tenant not found')
				: new KliqError(settings.foreignTenant, 'forbidden', 'This API key is not for this tenant');
		}

		const { scope } = request.routeOptions.config;
		if (scope && !key.scopes.includes(scope)) {
			const message = `This API key lacks the scope ${scope}`;
			const status = settings.deviations.missingScopeStatus;
			throw new KliqError(status, 'insufficient_scope', message);
		}
	});
}
