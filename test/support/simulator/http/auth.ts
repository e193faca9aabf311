import type { FastifyInstance } from 'fastify';
import type { KliqSettings } from '../settings';
import type { AccessStore } from '../stores/access';
import { KliqError } from './errors';

/** Checks key, tenant and scope, in this order, before any route does its work. */
export function addAuth(app: FastifyInstance, access: AccessStore, settings: KliqSettings): void {
	app.addHook('preHandler', async (request) => {
		const keyText = request.headers['x-api-key'];
		const key = typeof keyText === 'string' ? access.findKey(keyText) : undefined;
		if (!key) throw new KliqError(401, 'unauthorized', 'Invalid or missing API key');

		const { tenantId } = request.params as { tenantId?: string };
		if (tenantId !== undefined && tenantId !== key.tenantId) {
			throw settings.foreignTenant === 403
				? new KliqError(403, 'forbidden', 'This API key is not for this tenant')
				: new KliqError(404, 'not_found', 'Tenant not found');
		}

		const { scope } = request.routeOptions.config;
		if (scope && !key.scopes.includes(scope)) {
			throw new KliqError(403, 'insufficient_scope', `This API key lacks the scope ${scope}`);
		}
	});
}
